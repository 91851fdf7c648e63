import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.models import TimmViT
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow


@pytest.fixture
def train(run_cfg, tmp_path):
    """Run the two epochs of ``run_cfg`` with a learning rate; return its work directory."""

    def run(lr, *hooks):
        name = f'lr{lr:g}'
        source = tmp_path / f'{name}.py'
        optimizer = dict(type='SGD', lr=lr)
        cfg = dict(run_cfg, work_dir=str(tmp_path / name), experiment_name=f'{tmp_path.name}_{name}')
        cfg['custom_hooks'] = [*run_cfg['custom_hooks'], *hooks]
        Config(dict(cfg, optim_wrapper=dict(type='OptimWrapper', optimizer=optimizer))).dump(source)
        RUNNERS.build(Config.fromfile(source)).train()
        return tmp_path / name

    return run


@pytest.fixture
def export(load_tool, monkeypatch):
    tool = load_tool('model_converters/export_student.py')

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['export_student.py', *map(str, arguments)])
        tool.main()

    return run


def weights(path):
    return load_checkpoint(path)['state_dict']


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[key]) for key, value in one.items())


def test_trained_student_is_that_of_the_run(train, export, tmp_path):
    work_dir = train(0.1)
    out = tmp_path / 'new/folder/trained.pth'
    export(work_dir, '--out', out)
    assert same(weights(out), weights(work_dir / 'student.pth'))
    provenance = load_checkpoint(out)['provenance']
    assert (provenance['config'], provenance['seed'], provenance['iterations']) == ('lr0.1.py', 7, 8)
    assert out.with_suffix('.safetensors').exists()
    assert 'weights' not in provenance
    # What the benchmark reads.
    for path in (out, out.with_suffix('.safetensors')):
        assert same(TimmViT(checkpoint=str(path)).vit.state_dict(), weights(out))


def test_the_student_of_an_averaged_run_is_the_average(train, export, tmp_path):
    work_dir = train(0.1, dict(type='EMAHook', momentum=0.3))
    export(work_dir, '--out', tmp_path / 'again.pth')
    assert same(weights(tmp_path / 'again.pth'), weights(work_dir / 'student.pth'))
    checkpoint = load_checkpoint(work_dir / 'iter_8.pth')
    raw = {name.removeprefix('module.student.vit.'): value for name, value in checkpoint['ema_state_dict'].items()}
    assert not same(weights(tmp_path / 'again.pth'), {name: raw[name] for name in weights(tmp_path / 'again.pth')})
    for path in (tmp_path / 'again.pth', work_dir / 'student.pth'):
        assert load_checkpoint(path)['provenance']['weights'].startswith('average')


def test_untrained_student_is_where_the_run_began(train, export, tmp_path):
    standing, moving = train(0.0), train(0.1)
    export(moving, '--untrained', '--out', tmp_path / 'untrained.pth')
    assert same(weights(tmp_path / 'untrained.pth'), weights(standing / 'student.pth'))
    assert not same(weights(tmp_path / 'untrained.pth'), weights(moving / 'student.pth'))
    assert load_checkpoint(tmp_path / 'untrained.pth')['provenance']['iterations'] == 0


def test_export_leaves_the_run_alone(train, export, tmp_path):
    work_dir = train(0.1)
    before = {path: path.stat().st_mtime_ns for path in work_dir.rglob('*')}
    export(work_dir, '--out', tmp_path / 'student.pth')
    assert {path: path.stat().st_mtime_ns for path in work_dir.rglob('*')} == before


def test_sentences(train, export, tmp_path):
    with pytest.raises(SystemExit, match=r'^error: .*nowhere.* config'):
        export(tmp_path / 'nowhere', '--out', tmp_path / 'student.pth')
    with pytest.raises(SystemExit, match=r'^error: --out .*student\.bin.*\.pth'):
        export(tmp_path / 'nowhere', '--out', tmp_path / 'student.bin')
    work_dir = train(0.1)
    for path in Path(work_dir).glob('iter_*.pth'):
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SystemExit, match=r'^error: .*lr0\.1.* checkpoint'):
        export(work_dir, '--out', tmp_path / 'student.pth')
    assert not (tmp_path / 'student.pth').exists()


def test_untrained_student_that_starts_from_its_teacher(run_cfg, train, export, tmp_path):
    same_heads = dict(run_cfg['model']['student'], embed_dim=32, num_heads=2)
    run_cfg['model'].update(student=same_heads, student_from_teacher=True)
    work_dir, out = train(0.0), tmp_path / 'untrained.pth'
    export(work_dir, '--untrained', '--out', out)
    assert same(weights(out), weights(work_dir / 'student.pth'))
    for path in (out, work_dir / 'student.pth'):
        assert load_checkpoint(path)['provenance']['student_from_teacher'] is True
