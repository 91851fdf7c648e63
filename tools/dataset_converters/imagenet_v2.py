"""Unpack ImageNet-v2 (matched frequency), whose folders 0 to 999 are labels; see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('imagenet_v2')
