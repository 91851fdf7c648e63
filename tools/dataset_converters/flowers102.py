"""Unpack Flowers-102: images, labels that count from 1, and the split; see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('flowers102')
