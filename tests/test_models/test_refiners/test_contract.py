"""What every refiner must do, whatever it does to artifacts."""

import copy

import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.models.refiners.fixed_scale import FixedScale
from singer_mm.models.refiners.norm_clip import NormClip
from singer_mm.models.refiners.nullspace_adapter import NullspaceAdapter
from singer_mm.models.refiners.runtime_registers import RuntimeRegisters
from singer_mm.models.refiners.singular_repair import SingularRepair
from singer_mm.registry import MODELS

WIDTH = TEACHER['embed_dim']
LAYERS = [3, 5]
GRID = (4, 4)
REFINERS = [
    dict(type='NullspaceAdapter', rank=6),
    dict(type='NormClip', quantile=0.8),
    dict(type='FixedScale', factors={'3': 0.5, '5': 2.0}),
    dict(type='SingularRepair', quantile=0.8),
    dict(type='RuntimeRegisters', neurons=[(2, 7), (2, 30), (4, 1)]),
]
CLASSES = {cls.__name__: cls for cls in (NullspaceAdapter, NormClip, FixedScale, SingularRepair, RuntimeRegisters)}
KD_LOSSES = [
    dict(type='KDLoss', normalization=normalization, distance=distance)
    for normalization in ('none', 'channel', 'layer', 'token')
    for distance in ('mse', 'cosine')
]

every_refiner = pytest.mark.parametrize('cfg', REFINERS, ids=lambda cfg: cfg['type'])


@pytest.fixture(scope='module')
def teacher():
    torch.manual_seed(1)
    return MODELS.build(TEACHER).freeze()


def started(cfg, teacher, layer=5):
    refiner = MODELS.build(dict(cfg, embed_dims=WIDTH))
    refiner.start(teacher, layer, next_block=layer)
    return refiner


def refine(refiner, teacher, images, layer=5):
    source = refiner.reads(layer)
    tokens = teacher.forward_tokens(images, [source])[source]
    return tokens, refiner.refine(tokens, teacher.num_prefix_tokens, GRID)


@every_refiner
def test_has_a_name_in_configs(cfg):
    assert MODELS.get(cfg['type']) is CLASSES[cfg['type']]


@every_refiner
@pytest.mark.parametrize('layer', LAYERS)
def test_keeps_shape_and_type(cfg, layer, teacher, images):
    tokens, refined = refine(started(cfg, teacher, layer), teacher, images, layer)
    assert refined.shape == tokens.shape == (3, 1 + 16, WIDTH)
    assert refined.dtype == tokens.dtype
    assert refined.isfinite().all()


@every_refiner
def test_changes_patches_and_keeps_prefix_tokens_unless_blocks_run_again(cfg, teacher, images):
    refiner = started(cfg, teacher)
    _, refined = refine(refiner, teacher, images)
    original = teacher.forward_tokens(images, [5])[5]
    assert not torch.equal(refined[:, 1:], original[:, 1:])
    assert torch.equal(refined[:, :1], original[:, :1]) == (refiner.reads(5) == 5)


@every_refiner
def test_leaves_its_input_and_the_teacher_alone(cfg, teacher, images):
    before = copy.deepcopy(teacher.state_dict())
    tokens = teacher.forward_tokens(images, [5])
    refiner = started(cfg, teacher)
    source = teacher.forward_tokens(images, [refiner.reads(5)])[refiner.reads(5)]
    kept = source.clone()
    refiner.refine(source, teacher.num_prefix_tokens, GRID)
    assert torch.equal(source, kept)
    assert torch.equal(teacher.forward_tokens(images, [5])[5], tokens[5])
    assert all(torch.equal(value, before[name]) for name, value in teacher.state_dict().items())


@every_refiner
def test_refines_each_image_by_itself(cfg, teacher, images):
    refiner = started(cfg, teacher)
    _, together = refine(refiner, teacher, images)
    _, alone = refine(refiner, teacher, images[1:2])
    torch.testing.assert_close(together[1:2], alone)


@pytest.mark.parametrize('cfg', [REFINERS[1], REFINERS[3]], ids=lambda cfg: cfg['type'])
def test_is_the_identity_where_no_patch_stands_out(cfg, teacher):
    tokens = torch.randn(2, 1, WIDTH).expand(2, 17, WIDTH)
    assert torch.equal(started(cfg, teacher).refine(tokens, 1, GRID), tokens)


@every_refiner
def test_gradients_reach_its_parameters_if_there_are_any(cfg, teacher, images):
    refiner = started(cfg, teacher)
    _, refined = refine(refiner, teacher, images)
    parameters = list(refiner.parameters())
    assert refined.requires_grad == bool(parameters)
    assert bool(parameters) == (cfg['type'] == 'NullspaceAdapter')
    if parameters:
        refined.square().sum().backward()
        assert all(parameter.grad.abs().sum() > 0 for parameter in parameters)


@every_refiner
def test_starting_twice_is_starting_once(cfg, teacher, images):
    refiner = started(cfg, teacher)
    _, once = refine(refiner, teacher, images)
    refiner.start(teacher, 5, next_block=5)
    _, twice = refine(refiner, teacher, images)
    assert torch.equal(once, twice)


@every_refiner
def test_a_state_dict_restores_it(cfg, teacher, images):
    refiner = started(cfg, teacher)
    with torch.no_grad():
        for parameter in refiner.parameters():
            parameter.add_(0.1)
    resumed = started(cfg, teacher)
    resumed.load_state_dict(refiner.state_dict())
    assert torch.equal(refine(resumed, teacher, images)[1], refine(refiner, teacher, images)[1])


@every_refiner
def test_owns_no_part_of_the_teacher(cfg, teacher):
    refiner = started(cfg, teacher)
    assert list(refiner.children()) == []
    assert not {id(value) for value in refiner.parameters()} & {id(value) for value in teacher.parameters()}


def distil(images, **cfg):
    distiller = MODELS.build(dict(teacher=TEACHER, student=STUDENT, teacher_layers=LAYERS, **cfg))
    distiller.init_weights()
    losses = distiller(images)
    sum(losses.values()).backward()
    assert all(value.isfinite() for value in losses.values())
    without = [name for name, value in distiller.named_parameters() if value.requires_grad and value.grad is None]
    assert without == []
    return losses


@every_refiner
@pytest.mark.parametrize('loss_kd', KD_LOSSES, ids=lambda cfg: f'{cfg["normalization"]}-{cfg["distance"]}')
def test_serves_every_distillation_loss(cfg, loss_kd, images):
    assert set(distil(images, type='FeatureDistiller', refiner=cfg, loss_kd=loss_kd)) == {'loss_kd'}


@every_refiner
@pytest.mark.parametrize('intermediate', ['gram', 'feature'])
@pytest.mark.parametrize('final_reference', ['teacher', 'previous_refined'])
def test_serves_the_losses_of_singer(cfg, intermediate, final_reference, images):
    loss_info = dict(type='InfoLoss', intermediate=intermediate, final_reference=final_reference)
    losses = distil(images, type='SiNGERDistiller', refiner=cfg, loss_info=loss_info)
    assert set(losses) == {'loss_kd', 'loss_outlier', 'loss_info'}


@every_refiner
def test_serves_a_teacher_stored_in_bfloat16(cfg, images):
    distil(images, type='SiNGERDistiller', refiner=cfg, teacher_dtype='bfloat16')
