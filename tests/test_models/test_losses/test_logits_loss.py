import math

import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models.losses.logits_loss import LogitsLoss

STUDENT = [[0.5, -1.0, 2.0], [0.0, 0.3, -0.2]]
TEACHER = [[1.5, 0.2, -0.7], [-1.0, 2.5, 0.1]]


def probabilities(logits, temperature):
    exponentials = [math.exp(value / temperature) for value in logits]
    return [value / sum(exponentials) for value in exponentials]


@pytest.mark.parametrize('temperature', [1.0, 3.0])
def test_soft_is_the_divergence_times_the_squared_temperature(temperature):
    divergences = []
    for student, teacher in zip(STUDENT, TEACHER, strict=True):
        p, q = probabilities(teacher, temperature), probabilities(student, temperature)
        divergences.append(sum(pi * math.log(pi / qi) for pi, qi in zip(p, q, strict=True)))
    expected = 0.5 * temperature**2 * sum(divergences) / 2
    loss = LogitsLoss('soft', temperature, loss_weight=0.5)(torch.tensor(STUDENT), torch.tensor(TEACHER))
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_hard_is_minus_the_log_probability_of_the_teachers_choice():
    choices = [0, 1]  # the largest of each row of TEACHER
    picked = [probabilities(row, 1)[choice] for row, choice in zip(STUDENT, choices, strict=True)]
    loss = LogitsLoss('hard', loss_weight=2.0)(torch.tensor(STUDENT), torch.tensor(TEACHER))
    assert loss.item() == pytest.approx(-2 * sum(map(math.log, picked)) / 2, rel=1e-5)


def test_soft_is_zero_for_equal_opinions_whatever_is_added_to_all_classes():
    logits = torch.randn(4, 7)
    assert LogitsLoss('soft', 2.0)(logits + 5, logits).item() == pytest.approx(0, abs=1e-5)


def test_the_gradients_size_hardly_depends_on_the_temperature():
    sizes = []
    for temperature in (20.0, 40.0):
        student = torch.tensor(STUDENT, requires_grad=True)
        LogitsLoss('soft', temperature)(student, torch.tensor(TEACHER)).backward()
        sizes.append(student.grad.norm().item())
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(kind='mild'), 'kind.*mild.*soft, hard'),
        (dict(temperature=0), 'temperature is 0'),
        (dict(kind='hard', temperature=3.0), 'temperature is 3.*hard'),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(ConfigError, match=message):
        LogitsLoss(**arguments)
