"""Unpack ImageNet-R, whose 200 folders are wnids; see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('imagenet_r')
