"""Unpack ADE20K as released by the scene parsing challenge of 2016 (150 classes); see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('ade20k')
