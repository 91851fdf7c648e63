import numpy as np
import pytest
import torch
from conftest import ROOT, STUDENT, TEACHER
from mmengine.config import Config

from singer_mm.errors import ConfigError
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.distillers.vitkd_distiller import ViTKDDistiller

PUBLISHED = dict(
    loss_kd=dict(type='TokenMSELoss', loss_weight=3e-5, reduction='sum'),
    loss_generation=dict(type='TokenMSELoss', loss_weight=3e-6 / 0.5, reduction='sum'),
    final_norm=True,
)


def build(**changes):
    arguments = dict(dict(teacher=TEACHER, student=STUDENT, teacher_layers=[0, 1, 5], student_layers=[0, 1, 3]))
    distiller = ViTKDDistiller(**{**arguments, **changes})
    distiller.init_weights()
    return distiller


def normalized(tokens):
    """Layer norm without weights, in numpy."""
    centred = tokens - tokens.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6)


def convolved(image, convolution):
    """3x3 convolution with zero padding of an image (C, rows, columns), number by number over its window."""
    weight, bias = convolution.weight.detach().numpy(), convolution.bias.detach().numpy()
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    rows, columns = image.shape[1:]
    result = np.empty((len(bias), rows, columns))
    for row in range(rows):
        for column in range(columns):
            window = padded[:, row : row + 3, column : column + 3]
            result[:, row, column] = np.tensordot(weight, window, axes=3) + bias
    return result


def published_losses(distiller, images, mask):
    """Mimicking and generation of section 3 of the paper, image by image, with sums over tokens and channels."""
    with torch.no_grad():
        tokens_t = distiller.teacher.forward_tokens(images, [0, 1, 5])
        tokens_s = distiller.student.forward_tokens(images, [0, 1, 3])
    teacher = {layer: value[:, 1:].double().numpy() for layer, value in tokens_t.items()}
    student = {layer: value[:, 1:].double().numpy() for layer, value in tokens_s.items()}

    def aligned(layer, value):
        linear = distiller.projectors[str(layer)].proj
        return value @ linear.weight.detach().numpy().T + linear.bias.detach().numpy()

    mimicking = sum(((aligned(layer, student[layer]) - teacher[layer]) ** 2).sum() for layer in (0, 1))
    first, _, second = distiller.generator.generation
    target, guess = (
        (normalized(teacher[5]), normalized(student[3])) if distiller.final_norm else (teacher[5], student[3])
    )
    generation = 0
    for image in range(len(images)):
        seen = aligned(5, guess[image])
        seen[mask[image]] = distiller.generator.mask_token.detach().numpy()[0, 0]
        generated = convolved(np.maximum(convolved(seen.T.reshape(-1, 4, 4), first), 0), second)
        generation += ((generated.reshape(-1, 16).T - target[image])[mask[image]] ** 2).sum()
    return mimicking / len(images), generation / len(images)


@pytest.mark.parametrize('published', [True, False])
def test_both_forms_against_an_independent_formula(images, published):
    distiller = build(**(PUBLISHED if published else {}))
    features = distiller.extract(images)
    mask = features.mask.numpy()
    assert mask.sum(axis=1).tolist() == [8] * 3
    mimicking, generation = published_losses(distiller, images, mask)
    losses = distiller.loss(features)
    if published:
        expected = (3e-5 * mimicking, 3e-6 * generation / 0.5)
    else:  # means over tokens and channels instead of sums: 16 patches, 8 of them hidden, 48 channels
        expected = (mimicking / (16 * 48), generation / (8 * 48))
    assert losses['loss_kd'].item() == pytest.approx(expected[0], rel=1e-4)
    assert losses['loss_generation'].item() == pytest.approx(expected[1], rel=1e-4)


@pytest.mark.parametrize('changes', [{}, PUBLISHED])
def test_every_trainable_parameter_gets_a_gradient(images, changes):
    distiller = build(**changes)
    sum(distiller(images).values()).backward()
    trainable = {name: value for name, value in distiller.named_parameters() if value.requires_grad}
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in trainable.values())
    assert {name.split('.')[0] for name in trainable} == {'student', 'projectors', 'generator'}
    assert all(value.grad is None for value in distiller.teacher.parameters())


def test_mimicking_does_not_see_the_last_block(images):
    distiller = build()
    distiller(images)['loss_kd'].backward()
    blocks = distiller.student.vit.blocks
    assert blocks[1].mlp.fc2.weight.grad is not None
    assert blocks[2].mlp.fc2.weight.grad is None


def test_masks_are_those_of_torchs_seed(images):
    distiller = build()
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(distiller(images)['loss_generation'].item())
    assert losses[0] == losses[1] != losses[2]


def test_takes_the_tokens_of_a_borrowed_student(images):
    torch.manual_seed(0)
    owner = build(final_norm=True)
    borrower = build(student=owner.student, final_norm=True)
    borrower.projectors, borrower.generator = owner.projectors, owner.generator
    borrower.__dict__['teacher'] = owner.teacher
    with owner.student.tapped([0, 1, 3]) as tokens:
        owner.student(owner.student_inputs(images))
    torch.manual_seed(1)
    expected = owner(images)
    torch.manual_seed(1)
    losses = borrower.loss(borrower.extract(images, tokens))
    assert {name: value.item() for name, value in losses.items()} == {
        name: pytest.approx(value.item(), rel=1e-5) for name, value in expected.items()
    }
    assert not any(name.startswith('student') for name, _ in borrower.named_parameters())


def test_standardised_targets_are_those_of_mimicked_layers(images):
    distiller = build(loss_kd=dict(type='KDLoss', normalization='channel', reduction='sum_layers'))
    distiller.train()(images)
    statistics = distiller.loss_kd.standardizer
    assert int(statistics.num_batches) == 1
    with torch.no_grad():
        patches = distiller.teacher.forward_tokens(images, [1])[1][:, 1:]
    torch.testing.assert_close(statistics.mean_1, patches.mean(dim=(0, 1)))


@pytest.mark.parametrize('statistics', ['teacher', 'target'])
def test_statistics_are_those_of_the_tokens_that_the_config_names(images, statistics):
    loss_kd = dict(type='KDLoss', normalization='channel', statistics=statistics)
    refiner = dict(type='FixedScale', factors={'0': 2.0, '1': 2.0, '5': 2.0})
    distiller = build(loss_kd=loss_kd, refiner=refiner).train()
    features = distiller.extract(images)
    distiller.loss(features)
    observed = features.refined if statistics == 'target' else features.teacher
    mean = distiller.loss_kd.standardizer.mean_1
    torch.testing.assert_close(mean, observed[1][:, 1:].mean(dim=(0, 1)), rtol=1e-4, atol=1e-5)


def test_refuses_a_single_layer():
    with pytest.raises(ConfigError, match=r'teacher_layers is \[5\]'):
        build(teacher_layers=[5], student_layers=[3])


def test_the_published_config_has_the_authors_weights():
    distiller = Config.fromfile(ROOT / 'configs/vitkd/vitl_vitt_published.py').model.distiller
    alpha, beta, share = 3e-5, 3e-6, 0.5
    assert distiller.loss_kd == dict(type='TokenMSELoss', loss_weight=alpha, reduction='sum')
    assert distiller.generator.mask_ratio == share
    assert distiller.loss_generation.loss_weight == pytest.approx(beta / share)
    assert distiller.loss_generation.reduction == 'sum'
    assert (distiller.teacher_layers, distiller.student_layers) == ([0, 1, 23], [0, 1, 11])


def test_the_hooks_statistics_are_there_for_every_layer(images):
    for changes in ({}, PUBLISHED):
        statistics = layer_statistics(build(**changes), images, quantile=0.8)
        assert set(statistics) == {0, 1, 5}
        assert all(0 <= statistics[layer]['outlier_kd_share'] <= 1 for layer in (0, 1))
        assert 'outlier_kd_share' not in statistics[5]  # generated, not mimicked


def test_released_form_leaves_everything_but_the_student_as_it_was_drawn(images):
    distiller = build(train_projectors=False)
    trainable = {name for name, value in distiller.named_parameters() if value.requires_grad}
    assert {name.split('.')[0] for name in trainable} == {'student'}
    sum(distiller(images).values()).backward()
    assert all(
        value.grad is not None and value.grad.abs().sum() > 0
        for name, value in distiller.named_parameters()
        if name in trainable
    )
    assert torch.equal(distiller.generator.mask_token, torch.zeros(1, 1, TEACHER['embed_dim']))


def test_released_config_is_the_class_of_table_1(images):
    """Sums over patches and channels of teacher blocks 0, 2 and the last, divided by the batch size."""
    model = Config.fromfile(ROOT / 'configs/vitkd/vitl_vitt_released.py').model
    assert (model.teacher_layers, model.layer_map, model.train_projectors) == ([0, 2, 23], 'released', False)
    shipped = {key: model[key] for key in ('loss_kd', 'generator', 'loss_generation', 'train_projectors')}
    distiller = build(**shipped)
    features = distiller.extract(images)
    mimicking, generation = published_losses(distiller, images, features.mask.numpy())
    losses = distiller.loss(features)
    assert losses['loss_kd'].item() == pytest.approx(3e-5 * mimicking, rel=1e-4)
    assert losses['loss_generation'].item() == pytest.approx(3e-6 * generation / 0.5, rel=1e-4)
