"""Disks that are full from the start, and outputs that cannot be; the places of a training and of the other tools."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT
from mmengine.config import Config

pytestmark = pytest.mark.slow


@pytest.fixture
def config(run_cfg, tmp_path):
    cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
    cfg.log_level = 'INFO'
    cfg.dump(tmp_path / 'config.py')
    return tmp_path / 'config.py'


# Blocks of 1024 bytes: the log does not fit, the first checkpoint does not.
@pytest.mark.parametrize(('blocks', 'file'), [(3, '.log'), (40, '.pth')])
def test_a_training_on_a_full_disk_ends_in_one_sentence(config, tmp_path, blocks, file):
    ended = subprocess.run(
        ['bash', '-c', f'ulimit -f {blocks}; exec "$@"', 'bash', sys.executable, ROOT / 'tools/train.py', config]
        + ['--work-dir', tmp_path / 'run'],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=200,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
    )
    assert ended.returncode == 1
    assert 'Traceback' not in ended.stderr
    assert [file in line for line in ended.stderr.splitlines() if line.startswith('error: ')] == [True]
    assert not [path for path in (tmp_path / 'run').rglob('*') if path.suffix in ('.pth', '.tmp', '.safetensors')]
    assert not (tmp_path / 'run/lock').exists()


@pytest.mark.parametrize(
    ('tool', 'arguments'),
    [
        ('ablations.py', [ROOT / 'configs/ablations/rank.py']),
        ('analysis/compare_processes.py', ['--data', 'data/mini']),
        ('analysis/compare_students.py', ['vit_tiny_patch16_224', '--images', 'images']),
        ('analysis/feature_maps.py', ['vit_tiny_patch16_224', '--images', 'images']),
        ('analysis/linearization.py', ['vit_tiny_patch16_224', '--images', 'images']),
        ('analysis/planted_artifacts.py', []),
        ('analysis/refinement.py', ['run', '--images', 'images']),
        ('analysis/sublayers.py', ['vit_tiny_patch16_224', '--images', 'images']),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_an_output_that_is_no_folder_is_told_in_one_sentence(
    load_tool, monkeypatch, image_folder, tmp_path, tool, arguments
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data/mini').mkdir(parents=True)
    (tmp_path / 'file').write_text('kept')
    main = load_tool(tool).main
    for out in ('file', 'file/below'):
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, arguments), '--out', out])
        with pytest.raises(SystemExit, match=rf'^error: --out {out}'):
            main()
    assert (tmp_path / 'file').read_text() == 'kept'
