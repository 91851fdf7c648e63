import numpy as np
import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import KDLoss


def tokens(*values):
    return {layer: torch.full((2, 3, 4), value) for layer, value in enumerate(values)}


def test_zero_on_identical_tokens():
    assert KDLoss()(tokens(1.0, 2.0), tokens(1.0, 2.0)).item() == 0


def test_mean_and_sum_over_layers():
    # Squared errors 1 and 9 on the two layers.
    assert KDLoss()(tokens(1.0, 3.0), tokens(0.0, 0.0)).item() == 5
    assert KDLoss(reduction='sum_layers')(tokens(1.0, 3.0), tokens(0.0, 0.0)).item() == 10


def test_weight_scales_the_loss():
    assert KDLoss(loss_weight=0.5)(tokens(2.0), tokens(0.0)).item() == 2


def test_half_precision_inputs_are_compared_in_float32():
    student, teacher = torch.full((1, 1, 1), 1000.0), torch.full((1, 1, 1), 1001.0)
    loss = KDLoss()({0: student.bfloat16()}, {0: teacher})
    assert loss.dtype == torch.float32


@pytest.mark.parametrize(
    ('name', 'allowed'),
    [
        ('reduction', 'mean_layers, sum_layers'),
        ('normalization', 'none, channel'),
        ('distance', 'mse, cosine'),
        ('statistics', 'teacher, target'),
    ],
)
def test_refuses_an_unknown_choice(name, allowed):
    with pytest.raises(ConfigError, match=f'{name} .*{allowed}'):
        KDLoss(**{name: 'max'})


def prepared(normalization, teacher):
    loss = KDLoss(normalization=normalization)
    loss.prepare(list(teacher), next(iter(teacher.values())).shape[-1])
    loss.observe(teacher)
    return loss


@pytest.mark.parametrize('normalization', ['channel', 'layer', 'token'])
def test_normalised_targets_do_not_depend_on_the_teachers_scale(normalization):
    teacher = {0: torch.randn(2, 5, 4)}
    student = {0: torch.randn(2, 5, 4)}
    scaled = {0: 30 * teacher[0]}
    expected = prepared(normalization, teacher)(student, teacher)
    torch.testing.assert_close(prepared(normalization, scaled)(student, scaled), expected, rtol=1e-4, atol=1e-4)


def test_each_normalisation_by_numpy():
    teacher = np.random.default_rng(0).normal(2, 3, (2, 5, 4)).astype(np.float32)
    student = np.zeros_like(teacher)
    channel = (teacher - teacher.mean((0, 1))) / teacher.std((0, 1))
    layer = teacher / np.sqrt(teacher.var((0, 1)).mean())
    token = (teacher - teacher.mean(-1, keepdims=True)) / teacher.std(-1, keepdims=True)
    for normalization, target in (('channel', channel), ('layer', layer), ('token', token)):
        tokens = {3: torch.from_numpy(teacher)}
        loss = prepared(normalization, tokens)({3: torch.from_numpy(student)}, tokens)
        assert loss.item() == pytest.approx((target**2).mean(), rel=1e-4)


def test_cosine_sees_directions_alone():
    teacher = {0: torch.tensor([[[3.0, 0.0], [0.0, 2.0]]])}
    student = {0: torch.tensor([[[5.0, 0.0], [1.0, 1.0]]])}
    assert KDLoss(distance='cosine')(student, teacher).item() == pytest.approx((0 + 1 - 0.5**0.5) / 2)


@pytest.mark.parametrize('normalization', ['channel', 'layer'])
@pytest.mark.parametrize(('mean', 'deviation'), [(5.0, 0.0), (2e4, 0.0), (5e3, 1.0), (1e6, 1.0)])
def test_constant_and_distant_channels_give_finite_losses(normalization, mean, deviation):
    loss = KDLoss(normalization=normalization)
    loss.prepare([0], 4)
    for _ in range(20):
        teacher = {0: mean + deviation * torch.randn(2, 8, 4)}
        loss.observe(teacher)
        assert loss({0: torch.zeros(2, 8, 4)}, teacher).isfinite()
    with loss.observed([{0: mean + deviation * torch.randn(2, 8, 4)} for _ in range(3)]):
        assert loss({0: torch.zeros(2, 8, 4)}, teacher).isfinite()


def test_layers_may_weigh_differently():
    weighted = KDLoss(reduction='sum_layers', layer_weights=[1.0, 2.0])
    weighted.prepare([8, 11], 4)
    assert weighted(tokens(1.0, 3.0), tokens(0.0, 0.0)).item() == 1 + 2 * 9
    assert KDLoss(layer_weights=[1.0, 0.0])(tokens(1.0, 3.0), tokens(0.0, 0.0)).item() == 0.5
    with pytest.raises(ConfigError, match=r'layer_weights.*\[1\.0, 2\.0\].* 3 layers'):
        weighted.prepare([5, 8, 11], 4)


def test_layer_is_phi_s_up_to_a_rotation_of_the_projector():
    """PHI-S (arXiv 2410.01680): rotate so that all channels have one variance, subtract the mean, divide by the root.

    The MSE does not see a rotation of student and target together, and a linear projector can learn it.
    """
    mixing = torch.randn(8, 8, dtype=torch.float64)
    teacher = torch.randn(64, 4, 8, dtype=torch.float64) @ mixing + 3
    student = torch.randn(64, 4, 8, dtype=torch.float64)
    centred = (teacher - teacher.mean((0, 1))).flatten(0, 1)
    eigenvalues, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
    hadamard = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    rotation = torch.kron(torch.kron(hadamard, hadamard), hadamard) / 8**0.5 @ vectors.T
    phi_s = centred @ rotation.T / eigenvalues.mean().sqrt()
    assert torch.allclose(phi_s.var(0, correction=0), torch.ones(8, dtype=torch.float64))

    loss = prepared('layer', {0: teacher})
    shift = teacher.mean((0, 1)) / eigenvalues.mean().sqrt()  # `layer` leaves the mean to the projector's bias
    expected = (student.flatten(0, 1) @ rotation.T - phi_s).square().mean()
    assert loss({0: student + shift}, {0: teacher}).item() == pytest.approx(expected.item(), rel=1e-5)
