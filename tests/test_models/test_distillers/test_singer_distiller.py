import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS


def test_three_losses_of_which_each_is_finite_and_positive(singer, images):
    losses = singer(images)
    assert set(losses) == {'loss_kd', 'loss_outlier', 'loss_info'}
    assert all(value.isfinite() and value > 0 for value in losses.values())


def test_no_block_runs_twice_on_the_same_input(singer, images):
    """Blocks 0 to 5 once in the teacher's pass; block 4 again, on refined tokens only."""
    ran = []
    for index, block in enumerate(singer.teacher.vit.blocks):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    features = singer.extract(images)
    assert ran == [0, 1, 2, 3, 4, 5, 4]
    with torch.no_grad():
        again = singer.teacher.forward_block(4, features.teacher[3], (4, 4))
    assert torch.equal(again, features.teacher_next[3])


def test_gradients_reach_whom_they_must(singer, images):
    losses = singer(images)
    student = list(singer.student.vit.blocks.parameters())
    refiners = list(singer.refiners.parameters())

    def reaches(loss, parameters):
        gradients = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
        return any(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)

    assert reaches(losses['loss_kd'], student)
    assert reaches(losses['loss_kd'], refiners)
    for name in ('loss_outlier', 'loss_info'):
        assert reaches(losses[name], refiners)
        assert not reaches(losses[name], student)
    sum(losses.values()).backward()
    assert all(value.grad is None for value in singer.teacher.parameters())
    assert [name for name, value in singer.named_parameters() if value.requires_grad and value.grad is None] == []


def test_prefix_tokens_are_not_refined(singer, images):
    features = singer.extract(images)
    for layer in (3, 5):
        assert torch.equal(features.refined[layer][:, :1], features.teacher[layer][:, :1])
        assert not torch.equal(features.refined[layer][:, 1:], features.teacher[layer][:, 1:])


def test_refiners_start_in_the_nullspace_of_their_block(singer):
    for layer, block in ((3, 4), (5, 5)):
        linear_map = singer.teacher.linear_map(block)
        refiner = singer.refiners[str(layer)]
        smallest = torch.linalg.svdvals(linear_map.double())[-6:].max()
        assert torch.linalg.svdvals((refiner.up @ linear_map).double()).max() <= smallest * 1.001


def test_nullspace_is_taken_before_the_teacher_is_rounded(singer_cfg):
    torch.manual_seed(1)
    rounded = MODELS.build(dict(singer_cfg, teacher_dtype='bfloat16'))
    torch.manual_seed(1)
    exact = MODELS.build(singer_cfg)
    for distiller in (rounded, exact):
        distiller.init_weights()
    assert torch.equal(rounded.refiners['3'].up, exact.refiners['3'].up)


def test_bfloat16_step_stays_close_to_float32(singer_cfg, images):
    torch.manual_seed(1)
    distiller = MODELS.build(dict(singer_cfg, teacher_dtype='bfloat16'))
    torch.manual_seed(1)
    exact = MODELS.build(singer_cfg)
    distiller.init_weights()
    exact.init_weights()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = distiller(images)
    for name, value in exact(images).items():
        assert losses[name].dtype == torch.float32
        assert losses[name].item() == pytest.approx(value.item(), rel=0.03)


def test_losses_fall_in_a_few_steps(singer, images):
    optimizer = torch.optim.AdamW([value for value in singer.parameters() if value.requires_grad], lr=1e-3)
    totals = []
    for _ in range(20):
        total = sum(singer(images).values())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        totals.append(total.item())
    assert totals[-1] < 0.9 * totals[0]


def test_rope_teacher_and_its_registers(singer_cfg):
    teacher = dict(
        type='TimmViT',
        model_name='vit_small_patch16_dinov3',
        img_size=32,
        patch_size=8,
        embed_dim=48,
        depth=6,
        num_heads=3,
    )
    distiller = MODELS.build(dict(singer_cfg, teacher=teacher))
    distiller.init_weights()
    images = torch.randn(2, 3, 32, 32)
    features = distiller.extract(images)
    assert features.refined_next[3].shape == (2, 5 + 16, 48)
    sum(distiller(images).values()).backward()
    assert distiller.refiners['3'].down.grad.abs().sum() > 0


def test_refuses_a_rank_above_the_width(singer_cfg):
    with pytest.raises(ConfigError, match='rank 49.*1 to 48'):
        MODELS.build(dict(singer_cfg, refiner=dict(type='NullspaceAdapter', rank=49)))


def test_previous_refined_needs_two_layers(singer_cfg):
    loss_info = dict(type='InfoLoss', final_reference='previous_refined')
    with pytest.raises(ConfigError, match="previous_refined.*teacher_layers.*final_reference='teacher'"):
        MODELS.build(dict(singer_cfg, teacher_layers=[5], loss_info=loss_info))


def test_without_refiner_and_its_losses_it_is_fitnet(singer_cfg, images):
    bare = MODELS.build(dict(singer_cfg, refiner=None, loss_outlier=None, loss_info=None))
    fitnet = MODELS.build(dict(singer_cfg, type='FeatureDistiller', refiner=None))
    for name in ('student', 'teacher', 'projectors'):
        getattr(fitnet, name).load_state_dict(getattr(bare, name).state_dict())
    losses = bare(images)
    assert set(losses) == {'loss_kd'}
    assert torch.equal(losses['loss_kd'], fitnet(images)['loss_kd'])


def test_without_information_loss_no_next_block_runs(singer_cfg, images):
    distiller = MODELS.build(dict(singer_cfg, loss_info=None))
    distiller.init_weights()
    ran = []
    for index, block in enumerate(distiller.teacher.vit.blocks):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    assert set(distiller(images)) == {'loss_kd', 'loss_outlier'}
    assert ran == [0, 1, 2, 3, 4, 5]


def test_a_detached_target_keeps_the_distillation_loss_from_the_refiners(singer_cfg, images):
    distiller = MODELS.build(dict(singer_cfg, detach_target=True))
    distiller.init_weights()
    losses = distiller(images)
    refiners = list(distiller.refiners.parameters())
    assert all(value is None for value in torch.autograd.grad(losses['loss_kd'], refiners, allow_unused=True))
    sum(losses.values()).backward()
    assert all(value.grad is not None for value in refiners)


def test_a_frozen_refiner_stays_as_it_starts(singer_cfg, images):
    distiller = MODELS.build(dict(singer_cfg, refiner=dict(type='NullspaceAdapter', rank=6, frozen=True)))
    distiller.init_weights()
    sum(distiller(images).values()).backward()
    assert all(value.grad is None for value in distiller.refiners.parameters())


@pytest.mark.parametrize('statistics', ['teacher', 'target'])
def test_targets_are_standardised_by_the_tokens_that_the_config_names(singer_cfg, images, statistics):
    loss_kd = dict(type='KDLoss', normalization='channel', statistics=statistics)
    distiller = MODELS.build(dict(singer_cfg, loss_kd=loss_kd))
    distiller.init_weights()
    features = distiller.extract(images)
    distiller.train().loss(features)
    observed = features.refined if statistics == 'target' else features.teacher
    assert not torch.equal(features.refined[3], features.teacher[3])
    for layer, tokens in observed.items():
        mean = distiller.loss_kd.standardizer.get_buffer(f'mean_{layer}')
        torch.testing.assert_close(mean, tokens.mean(dim=(0, 1)), rtol=1e-4, atol=1e-5)
