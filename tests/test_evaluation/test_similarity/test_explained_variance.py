import pytest
import torch
from sklearn.linear_model import Ridge

from singer_mm.evaluation.similarity.explained_variance import RIDGE, explained_variance


def tokens():
    generator = torch.Generator().manual_seed(0)
    student = torch.randn(6, 30, 4, generator=generator, dtype=torch.float64)
    noise = torch.randn(6, 30, 7, generator=generator, dtype=torch.float64)
    return student, student @ torch.randn(4, 7, generator=generator, dtype=torch.float64) + 0.5 * noise + 3


def test_one_for_a_linear_function_of_the_student():
    student, _ = tokens()
    teacher = student @ torch.randn(4, 7, dtype=torch.float64) + 5
    assert explained_variance(student[:3], teacher[:3], student[3:], teacher[3:]) == pytest.approx(1, abs=1e-4)


def test_nothing_for_an_unrelated_student():
    student, teacher = torch.randn(6, 200, 2).double(), torch.randn(6, 200, 3).double()
    assert abs(explained_variance(student[:3], teacher[:3], student[3:], teacher[3:])) < 0.05


def test_scales_do_not_matter():
    student, teacher = tokens()
    expected = explained_variance(student[:3], teacher[:3], student[3:], teacher[3:])
    scaled = explained_variance(9 * student[:3], 0.1 * teacher[:3], 9 * student[3:], 0.1 * teacher[3:])
    assert scaled == pytest.approx(expected)


def test_against_scikit_learn():
    student, teacher = (values.flatten(0, 1).numpy() for values in tokens())
    centred = student[:90] - student[:90].mean(0)
    ridge = Ridge(alpha=RIDGE * (centred**2).sum(0).mean()).fit(student[:90], teacher[:90])
    error = ((teacher[90:] - ridge.predict(student[90:])) ** 2).sum()
    expected = 1 - error / ((teacher[90:] - teacher[90:].mean(0)) ** 2).sum()
    (a, b) = tokens()
    assert explained_variance(a[:3], b[:3], a[3:], b[3:]) == pytest.approx(expected)
