import sys
from pathlib import Path

import pytest
from conftest import STUDENT, TEACHER
from mmengine.config import Config
from timm.layers import set_fused_attn, use_fused_attn


@pytest.fixture(autouse=True)
def _attention_as_before():
    before = bool(use_fused_attn())
    yield
    set_fused_attn(before)


@pytest.fixture
def tool(load_tool, monkeypatch):
    module = load_tool('analysis/method_cost.py')

    def run(*arguments):
        monkeypatch.setattr(sys, 'argv', ['method_cost.py', *map(str, arguments)])
        module.main()

    return run


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # short names, for a table that does not wrap

    def write(name, epochs=3, **model):
        networks = dict(teacher=dict(TEACHER, pretrained=True), student=STUDENT, teacher_layers=[3, 5])
        pipeline = [dict(type='TorchvisionTransform', name='RandomResizedCrop', size=32)]
        path = Path(f'{name}.py')
        Config(
            dict(
                default_scope='singer_mm',
                model=dict(networks, **model),
                train_dataloader=dict(dataset=dict(type='UnlabelledImages', pipeline=pipeline)),
                train_cfg=dict(max_epochs=epochs),
            )
        ).dump(path)
        return path

    return write


def test_prints_a_line_for_each_config_and_epochs_at_equal_cost(tool, config, capsys):
    fitnet = config('fitnet', type='FeatureDistiller')
    last = config('last', type='FeatureDistiller', teacher_layers=[5])
    tool(fitnet, last)
    first, second = (line.split('│')[1:-1] for line in capsys.readouterr().out.splitlines() if '.py' in line)
    assert [cell.strip() for cell in first[-2:]] == ['1.000', '3']
    assert 0.9 < float(second[-2]) < 1
    assert first[1] == second[1]  # the teacher runs to its last block in both


@pytest.mark.parametrize(
    ('change', 'message'),
    [('missing.py', 'missing.py'), ('no_crop', 'RandomResizedCrop.*--size')],
)
def test_one_sentence_for_what_it_cannot_count(tool, config, change, message):
    path = change
    if change == 'no_crop':
        path = config('no_crop', type='FeatureDistiller')
        path.write_text(path.read_text().replace('RandomResizedCrop', 'CenterCrop'))
    with pytest.raises(SystemExit, match=f'error: .*{message}'):
        tool(path)
