"""Unpack ADE20K as the scene parsing challenge of 2016 has it (150 classes).

``python tools/dataset_converters/ade20k.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(Part('ADEChallengeData2016.zip', 'ADEChallengeData2016'))

if __name__ == '__main__':
    convert('ade20k', arrange)
