import json
import sys

import pytest
from mmengine.config import Config
from mmengine.registry import RUNNERS

import singer_mm.registry  # noqa: F401  registers the runner

pytestmark = pytest.mark.slow


@pytest.fixture
def run_tool(load_tool, monkeypatch, image_folder, tmp_path):
    def run(name, *arguments):
        tool = load_tool(f'analysis/{name}.py')
        common = ['--images', image_folder, '--number', 4, '--out', tmp_path / 'new/out']
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, [*arguments, *common])])
        tool.main()
        return json.loads((tmp_path / f'new/out/{name}.json').read_text())

    return run


@pytest.fixture
def work_dir(run_cfg, tmp_path):
    def train(**model):
        source = tmp_path / 'run.py'
        cfg = dict(run_cfg, work_dir=str(tmp_path / 'run'), experiment_name=tmp_path.name)
        Config(dict(cfg, model={**run_cfg['model'], **model})).dump(source)
        RUNNERS.build(Config.fromfile(source)).train()
        return tmp_path / 'run'

    return train


def test_a_run_is_measured_beside_the_published_numbers(run_tool, work_dir, capsys):
    measured = run_tool('refinement', work_dir())
    assert len(measured['images']) == 4
    assert set(measured['layers']) == {'3', '5'}
    first = measured['layers']['3']
    assert 0 < first['cosine']['mean'] < 1
    assert first['energy_start'] == {'safe': pytest.approx(1, abs=1e-3), 'prob': pytest.approx(0, abs=1e-3)}
    assert first['energy_up']['safe'] > first['energy_up']['prob']
    assert first['gram_student']['mean'] > first['gram_refined']['mean'] > 0
    shown = capsys.readouterr().out
    assert '0.8337' in shown and '14.22' in shown


def test_a_run_without_a_refiner_is_refused(run_tool, work_dir):
    with pytest.raises(SystemExit, match='error: .*refiner'):
        run_tool('refinement', work_dir(refiner=None, loss_outlier=None, loss_info=None))


def test_a_network_is_measured_beside_the_published_numbers(run_tool, tmp_path, capsys):
    card = tmp_path / 'teacher.py'
    Config(
        dict(
            teacher=dict(
                type='TimmViT', model_name='vit_tiny_patch16_224', img_size=32, patch_size=8, embed_dim=24, depth=3,
                num_heads=3,
            )
        )
    ).dump(card)  # fmt: skip
    measured = run_tool('linearization', card, '--rank', 4, '--samples', 2, '--layers', 0, 1)
    assert set(measured['layers']) == {'0', '1'}
    for values in measured['layers'].values():
        assert set(values['deviations']) == {'mlp', 'jacobian', 'random'}
        assert set(values['gains']) == {'ffn1', 'ffn2', 'ffn', 'attention'}
    shown = capsys.readouterr().out
    assert '0.0719' in shown and '0.9947' in shown
    with pytest.raises(SystemExit, match='error: layer 2.* 0 to 1'):
        run_tool('linearization', card, '--layers', 2)
