"""Unpack Food-101.

``python tools/dataset_converters/food101.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(Part('food-101.tar.gz', 'food-101'))

if __name__ == '__main__':
    convert('food101', arrange)
