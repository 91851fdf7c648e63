from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config

from singer_mm.engine.hooks import ExportStudentHook
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


@pytest.mark.slow
def test_alone_it_exports_the_student_and_logs_nothing(run_cfg, request):
    cfg = dict(run_cfg, custom_hooks=[dict(type='ExportStudentHook')], experiment_name=request.node.name)
    runner = RUNNERS.build(Config(cfg))
    runner.train()
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert list(file['provenance'])[:6] == ['teacher', 'teacher_weights', 'method', 'config', 'iterations', 'seed']
    assert file['provenance']['iterations'] == 8
    trained = runner.model.student.vit.state_dict()
    assert all(torch.equal(value, trained[name]) for name, value in file['state_dict'].items())
    scalars = load_checkpoint(f'{runner.work_dir}/iter_8.pth')['message_hub']['log_scalars']
    assert not any(name.startswith('singer/') for name in scalars)


def test_another_student_is_left_out_with_a_warning():
    lines = []
    model = torch.nn.Module()
    model.student = torch.nn.Linear(1, 1)
    hook = ExportStudentHook()
    runner = SimpleNamespace(model=model, hooks=[hook], iter=8, logger=SimpleNamespace(warning=lines.append))
    hook.before_train(runner)
    hook.after_train(runner)
    assert len(lines) == 1 and 'Linear' in lines[0]


def test_refuses_a_model_without_a_student():
    with pytest.raises(ConfigError, match='ExportStudentHook.*Linear.*custom_hooks'):
        ExportStudentHook().before_train(SimpleNamespace(model=torch.nn.Linear(1, 1)))


def test_the_file_says_if_the_student_started_from_its_teacher(singer_cfg):
    same_heads = dict(singer_cfg['student'], embed_dim=32, num_heads=2)
    training = dict(config='config.py', iterations=8, seed=7)
    for changes, recorded in ((dict(), {}), (dict(student_from_teacher=True), dict(student_from_teacher=True))):
        distiller = MODELS.build(dict(singer_cfg, student=same_heads, **changes))
        assert ExportStudentHook().provenance(distiller, training) == dict(
            teacher='vit_tiny_patch16_224', teacher_weights='random', method='SiNGERDistiller', **training, **recorded
        )
