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


def test_refuses_an_unknown_reduction():
    with pytest.raises(ConfigError, match='allowed: mean_layers, sum_layers'):
        KDLoss(reduction='max')
