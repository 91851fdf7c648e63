"""Parity with one training step of the authors' released code (tests/data/GOLDEN.md)."""

from types import SimpleNamespace

import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.models import FeatureDistiller
from singer_mm.registry import MODELS

LAYERS = [3, 5]


def restore(distiller: FeatureDistiller, golden: SimpleNamespace) -> FeatureDistiller:
    """Put the recorded weights into a distiller, in float64."""
    arrays = golden.arrays
    distiller.double()
    for name, network in dict(teacher=distiller.teacher, student=distiller.student).items():
        prefix = f'{name}.'
        state = {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}
        network.vit.load_state_dict({key: value for key, value in state.items() if not key.startswith('head.')})
    distiller.init_weights()
    with torch.no_grad():
        for layer in LAYERS:
            projector = distiller.projectors[str(layer)].proj
            projector.weight.copy_(arrays[f'projector.{layer}.weight'])
            projector.bias.copy_(arrays[f'projector.{layer}.bias'])
    return distiller


@pytest.fixture
def released(golden: SimpleNamespace) -> FeatureDistiller:
    return restore(
        MODELS.build(
            dict(
                type='SiNGERDistiller',
                teacher=TEACHER,
                student=STUDENT,
                teacher_layers=LAYERS,
                layer_map='released',
                refiner=dict(type='NullspaceAdapter', rank=6, basis='released', threshold=0.05),
                loss_kd=dict(type='KDLoss', loss_weight=1.0),
                loss_outlier=dict(type='OutlierLoss', quantile=0.8, loss_weight=0.01),
                loss_info=dict(
                    type='InfoLoss', intermediate='feature', final_reference='previous_refined', loss_weight=1.0
                ),
            )
        ),
        golden,
    )


def test_layer_pairs(released, golden):
    assert released.student_layers == golden.meta['student_layers']


def test_initial_adapter_and_spectrum(released, golden):
    for layer, (largest, smallest, _) in zip(LAYERS, golden.meta['spectrum'], strict=True):
        refiner = released.refiners[str(layer)]
        recorded = golden.arrays[f'adapter.{layer}.down'] @ golden.arrays[f'adapter.{layer}.up']
        # Single vectors have free signs; the product of both has none.
        torch.testing.assert_close(refiner.down @ refiner.up, recorded, rtol=0, atol=1e-12)
        assert refiner.spectrum[[0, -1]].tolist() == pytest.approx([largest, smallest], rel=1e-9)


def test_features(released, golden):
    features = released.extract(golden.arrays['images'])
    for layer in LAYERS:
        torch.testing.assert_close(features.teacher[layer], golden.arrays[f'teacher_feat.{layer}'])
        torch.testing.assert_close(
            features.patches(features.refined)[layer], golden.arrays[f'refined_patch.{layer}'], rtol=1e-9, atol=1e-12
        )


def test_losses_to_1e_9(released, golden):
    losses = released(golden.arrays['images'])
    assert {name: value.item() for name, value in losses.items()} == pytest.approx(golden.meta['losses'], rel=1e-9)


def test_gradients_to_1e_8(released, golden):
    with torch.no_grad():
        for layer in LAYERS:  # gradients of single vectors need the recorded signs
            released.refiners[str(layer)].down.copy_(golden.arrays[f'adapter.{layer}.down'])
            released.refiners[str(layer)].up.copy_(golden.arrays[f'adapter.{layer}.up'])
    sum(released(golden.arrays['images']).values()).backward()
    for layer in LAYERS:
        refiner, projector = released.refiners[str(layer)], released.projectors[str(layer)].proj
        for name, parameter in {
            f'adapter.{layer}.down': refiner.down,
            f'adapter.{layer}.up': refiner.up,
            f'projector.{layer}.weight': projector.weight,
        }.items():
            recorded = golden.arrays[f'grad.{name}']
            torch.testing.assert_close(parameter.grad, recorded, rtol=1e-8, atol=1e-8 * recorded.abs().max().item())

    # This one was recorded in float32 (each value equals its own float32 rounding): compare what float32 can hold.
    recorded = golden.arrays['grad.student.patch_embed.proj.weight']
    assert torch.equal(recorded, recorded.float().double())
    gradient = released.student.vit.patch_embed.proj.weight.grad
    torch.testing.assert_close(gradient.float().double(), recorded, rtol=1.2e-7, atol=1e-8 * recorded.abs().max())


def test_fitnet_loss_to_1e_9(golden):
    fitnet = restore(
        MODELS.build(
            dict(
                type='FeatureDistiller',
                teacher=TEACHER,
                student=STUDENT,
                teacher_layers=LAYERS,
                loss_kd=dict(type='KDLoss', reduction='sum_layers'),
            )
        ),
        golden,
    )
    loss = fitnet(golden.arrays['images'])['loss_kd'].item()
    assert loss == pytest.approx(golden.meta['fitnet']['loss_kd'], rel=1e-9)
