"""Unpack ImageNet-R, whose 200 folders are wnids.

``python tools/dataset_converters/imagenet_r.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(Part('imagenet-r.tar', 'imagenet-r'))

if __name__ == '__main__':
    convert('imagenet_r', arrange)
