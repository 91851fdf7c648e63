"""Unpack Flowers-102: images, labels that count from 1, and the split.

``python tools/dataset_converters/flowers102.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(
    Part('102flowers.tgz', 'jpg', 'jpg'),
    Part('imagelabels.mat', 'imagelabels.mat', 'imagelabels.mat'),
    Part('setid.mat', 'setid.mat', 'setid.mat'),
)

if __name__ == '__main__':
    convert('flowers102', arrange)
