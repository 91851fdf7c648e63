"""Unpack ImageNet-v2 (matched frequency), whose folders 0 to 999 are labels.

``python tools/dataset_converters/imagenet_v2.py --source DOWNLOADED --root data``; with ``--check`` it only verifies
what is below ``--root``. What to download and what goes wrong: docs/prepare_datasets.md.
"""

from __future__ import annotations

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.preparation.conversion import Part, arrange_parts, convert

arrange = arrange_parts(Part('imagenetv2-matched-frequency.tar.gz', 'imagenetv2-matched-frequency-format-val'))

if __name__ == '__main__':
    convert('imagenet_v2', arrange)
