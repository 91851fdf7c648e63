"""Unpack iNaturalist 2019: images and the official lists of training and validation; see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('inat2019')
