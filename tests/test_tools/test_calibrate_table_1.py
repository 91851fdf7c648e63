import re
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

TOOL = ROOT / 'tools/calibrate_table_1.py'


def test_a_backbone_that_table_1_has_not_is_refused_in_a_sentence(tmp_path):
    command = [sys.executable, TOOL, 'ViT-H:vit_huge_patch14_224', '--out', tmp_path / 'out']
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 1
    assert re.search('error: ViT-H .*ViT-T, ViT-S, ViT-L', ended.stderr)
    assert 'Traceback' not in ended.stderr
    assert not (tmp_path / 'out').exists()
