"""Unpack iNaturalist 2019: images and the official lists of training and validation.

``python tools/dataset_converters/inat2019.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(
    Part('train_val2019.tar.gz', 'train_val2019', 'train_val2019'),
    Part('train2019.json.tar.gz', 'train2019.json', 'train2019.json'),
    Part('val2019.json.tar.gz', 'val2019.json', 'val2019.json'),
)

if __name__ == '__main__':
    convert('inat2019', arrange)
