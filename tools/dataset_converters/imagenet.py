"""Bring ImageNet-1K into train and val folders named by wnid, the validation labels taken from the devkit.

``python tools/dataset_converters/imagenet.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import convert
from singer_mm.preparation.imagenet_archives import arrange_imagenet as arrange

if __name__ == '__main__':
    convert('imagenet', arrange)
