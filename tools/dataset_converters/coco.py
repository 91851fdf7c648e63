"""Unpack COCO 2017: images and instance annotations of training and validation.

``python tools/dataset_converters/coco.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(
    Part('annotations_trainval2017.zip', 'annotations', 'annotations'),
    Part('train2017.zip', 'train2017', 'train2017'),
    Part('val2017.zip', 'val2017', 'val2017'),
)

if __name__ == '__main__':
    convert('coco', arrange)
