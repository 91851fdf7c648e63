import copy

import pytest
import torch
from conftest import TEACHER, VIT
from mmengine.config import Config
from mmengine.hooks import Hook

from singer_mm.errors import ConfigError
from singer_mm.models.backbones.weight_selection import select_weights
from singer_mm.registry import HOOKS, MODELS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

REFINER = dict(type='NullspaceAdapter', rank=6)
NARROW = dict(VIT, embed_dim=32, depth=3, num_heads=2)


def build(**changes):
    torch.manual_seed(0)
    return MODELS.build(
        {**dict(type='FeatureDistiller', teacher=TEACHER, student=NARROW, teacher_layers=[3, 5]), **changes}
    )


def same(one, other):
    return all(torch.equal(value, other[name]) for name, value in one.state_dict().items())


def selection(distiller):
    """Return the student's weights as the selection has them."""
    student = copy.deepcopy(distiller.student)
    select_weights(distiller.teacher, student)
    return student.state_dict()


@pytest.mark.parametrize('kind', [dict(), dict(type='SiNGERDistiller', refiner=REFINER)])
def test_the_student_starts_from_its_teacher_if_it_is_to(kind):
    for wanted in (True, False):
        distiller = build(student_from_teacher=wanted, **kind)
        assert not same(distiller.student, selection(distiller))
        distiller.init_weights()
        assert same(distiller.student, selection(distiller)) is wanted


def test_a_student_with_a_classifier_starts_from_its_teacher():
    cfg = dict(type='LogitsDistiller', num_classes=5, student_from_teacher=True, teacher=TEACHER, student=NARROW)
    distiller = MODELS.build(cfg)
    distiller.init_weights()
    assert same(distiller.student, selection(distiller))
    assert all(value.requires_grad for value in distiller.student.parameters())


def test_the_student_starts_from_the_teachers_full_precision():
    exact, rounded = (build(student_from_teacher=True, teacher_dtype=dtype) for dtype in (None, 'bfloat16'))
    for distiller in (exact, rounded):
        distiller.init_weights()
    assert rounded.teacher.vit.blocks[0].mlp.fc1.weight.dtype == torch.bfloat16
    assert same(rounded.student, exact.student.state_dict())


def test_the_student_gets_the_inputs_of_its_teacher(images):
    """A selected patch embedding is made for the statistics of the teacher's images."""
    student = dict(TEACHER, model_name='deit3_small_patch16_224', no_embed_class=False, init_values=None)
    distiller = build(student=student, student_from_teacher=True).eval()
    assert distiller.student.normalization == distiller.teacher.normalization
    assert build(student=student).student.normalization != distiller.teacher.normalization
    distiller.init_weights()
    features = distiller.extract(images)
    student_tokens = distiller.student.forward_tokens(distiller.student_inputs(images), [5])
    torch.testing.assert_close(student_tokens[5], features.teacher[5], atol=1e-5, rtol=1e-5)


def test_refuses_a_student_that_cannot_start_from_its_teacher():
    with pytest.raises(ConfigError, match='student_from_teacher=True.*num_heads'):
        build(student=dict(NARROW, num_heads=4), student_from_teacher=True)


def test_refuses_to_start_the_student_of_another_model():
    with pytest.raises(ConfigError, match='student_from_teacher=True.*backbone of another model.*remove'):
        build(student=MODELS.build(NARROW), student_from_teacher=True)


@HOOKS.register_module()
class StartOfTraining(Hook):
    def before_train(self, runner):
        runner.at_start = copy.deepcopy(runner.model.student)


@pytest.mark.slow
def test_a_resumed_student_has_the_weights_of_its_checkpoint(run_cfg, request):
    run_cfg['model'].update(student=NARROW, student_from_teacher=True)
    run_cfg['custom_hooks'].append(dict(type='StartOfTraining'))

    def train(name, **changes):
        cfg = {**run_cfg, 'experiment_name': f'{request.node.name}_{name}', **changes}
        runner = RUNNERS.build(Config(cfg))
        runner.train()
        return runner

    whole = train('whole')
    assert same(whole.at_start, selection(whole.model))
    checkpoint = f'{whole.work_dir}/iter_4.pth'
    resumed = train('resumed', resume=True, load_from=checkpoint, work_dir=f'{whole.work_dir}_resumed')
    saved = load_checkpoint(checkpoint)['state_dict']
    assert all(torch.equal(value, saved[f'student.{name}']) for name, value in resumed.at_start.state_dict().items())
    assert not same(resumed.at_start, selection(resumed.model))
