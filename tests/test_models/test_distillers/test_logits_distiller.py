import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.errors import ConfigError
from singer_mm.models.distillers.logits_distiller import LogitsDistiller
from singer_mm.registry import MODELS

DISTILLED = dict(STUDENT, model_name='deit_tiny_distilled_patch16_224')


def build(**changes):
    distiller = LogitsDistiller(**{**dict(teacher=TEACHER, student=STUDENT, num_classes=7), **changes})
    distiller.init_weights()
    return distiller


def test_compares_what_the_networks_say_by_themselves(images):
    distiller = build(loss_logits=dict(type='LogitsLoss', kind='hard'))
    with torch.no_grad():
        choices = distiller.teacher.vit(distiller.teacher_inputs(images)).argmax(dim=1)
        log_probabilities = distiller.student.vit(distiller.student_inputs(images)).log_softmax(dim=1)
    expected = -sum(log_probabilities[image, choice].item() for image, choice in enumerate(choices)) / 3
    assert distiller(images)['loss_logits'].item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize('token', ['cls', 'distillation'])
def test_every_trainable_parameter_gets_a_gradient(images, token):
    distiller = build(student=DISTILLED, token=token)
    sum(distiller(images).values()).backward()
    frozen = {name for name, value in distiller.named_parameters() if not value.requires_grad}
    other = 'head' if token == 'distillation' else 'head_dist'
    assert frozen == {f'student.vit.{other}.weight', f'student.vit.{other}.bias'}
    assert all(value.grad is not None for value in distiller.parameters() if value.requires_grad)
    assert all(value.grad is None for value in distiller.teacher.parameters())


def test_the_distillation_token_learns_from_its_own_classifier(images):
    distiller = build(student=DISTILLED, token='distillation')
    before = distiller(images)['loss_logits']
    torch.nn.init.normal_(distiller.student.vit.head.weight)
    assert torch.equal(distiller(images)['loss_logits'], before)
    torch.nn.init.normal_(distiller.student.vit.head_dist.weight)
    assert not torch.equal(distiller(images)['loss_logits'], before)


def test_a_distilled_teacher_speaks_with_the_mean_of_both_tokens(images):
    distiller = build(teacher=dict(TEACHER, model_name='deit_tiny_distilled_patch16_224'))
    said = distiller.teacher.forward_logits(images)
    mean = torch.stack(list(said.values())).mean(dim=0)
    torch.testing.assert_close(mean, distiller.teacher.vit(images))


def test_a_teacher_in_bfloat16(images):
    expected = build()(images)['loss_logits'].item()
    torch.manual_seed(0)
    assert build(teacher_dtype='bfloat16')(images)['loss_logits'].item() == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(token='patch'), 'token.*patch.*cls, distillation'),
        (dict(token='distillation'), 'token.*distillation.*deit_tiny_distilled_patch16_224'),
        (dict(teacher=dict(TEACHER, num_classes=3)), 'teacher.num_classes.* 3.* 7'),
        (
            dict(teacher=dict(type='TimmViT', model_name='vit_small_patch14_dinov2', checkpoint='dinov2.safetensors')),
            'vit_small_patch14_dinov2.* 7.*teacher.num_classes',
        ),
        (
            dict(teacher=dict(type='TimmViT', model_name='vit_base_patch16_224', pretrained=True)),
            'vit_base_patch16_224.* 1000 .* 7',
        ),
    ],
)
def test_refuses(changes, message):
    with pytest.raises(ConfigError, match=message):
        build(**changes)


def test_both_classifiers_lie_beyond_the_blocks():
    student = MODELS.build(dict(DISTILLED, num_classes=7))
    beyond = set(student.parameters_beyond(student.num_layers - 1))
    assert {f'vit.{name}.weight' for name in ('norm', 'head', 'head_dist')} <= beyond
    assert not any('blocks' in name for name in beyond)
