"""Bring NYUd-v2 into mmseg's layout: the 24,231 training pairs of BTS and the 654 official test pairs.

``python tools/dataset_converters/nyud.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert
from singer_mm.preparation.nyud_frames import arrange_nyud as arrange

if __name__ == '__main__':
    convert('nyud', arrange)
