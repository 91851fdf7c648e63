"""Bring NYUd-v2 into mmseg's layout: 24,231 training pairs of BTS, 654 test pairs; see docs/prepare_datasets.md."""

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert

if __name__ == '__main__':
    convert('nyud')
