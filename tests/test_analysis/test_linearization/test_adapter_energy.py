import pytest
import torch

from singer_mm.analysis.linearization.adapter_energy import adapter_energy
from singer_mm.models.refiners.nullspace import left_singular_vectors, random_basis, smallest_basis


@pytest.fixture
def linear_map():
    return torch.randn(32, 32, dtype=torch.float64)


def test_the_start_of_an_adapter_is_safe_and_its_opposite_is_not(linear_map):
    left, _ = left_singular_vectors(linear_map)
    start = adapter_energy(smallest_basis(left, 4), linear_map)
    assert (start.safe, start.prob) == pytest.approx((1, 0), abs=1e-9)
    opposite = adapter_energy(left[:, :4].T, linear_map)
    assert (opposite.safe, opposite.prob) == pytest.approx((0, 1), abs=1e-9)


def test_no_scale_and_no_rotation_of_the_rows_matters(linear_map):
    matrix, rotation = torch.randn(4, 32), torch.linalg.qr(torch.randn(4, 4)).Q
    expected = adapter_energy(matrix, linear_map)
    turned = adapter_energy(7 * rotation @ matrix, 3 * linear_map)
    assert (turned.safe, turned.prob) == pytest.approx((expected.safe, expected.prob), rel=1e-5)


def test_against_projectors(linear_map):
    """The share of a matrix in a space is the norm of its projection; eigenvectors of W W^T span it, too."""
    matrix = torch.randn(4, 32, dtype=torch.float64)
    _, vectors = torch.linalg.eigh(linear_map @ linear_map.T)  # ascending
    safe, prob = (vectors[:, :4] @ vectors[:, :4].T, vectors[:, -4:] @ vectors[:, -4:].T)
    energy = adapter_energy(matrix, linear_map)
    assert energy.safe == pytest.approx(float((matrix @ safe).norm() / matrix.norm()))
    assert energy.prob == pytest.approx(float((matrix @ prob).norm() / matrix.norm()))
    everything = adapter_energy(torch.randn(32, 32), linear_map)
    assert (everything.safe, everything.prob) == pytest.approx((1, 1))


def test_a_random_start_has_the_papers_quarter():
    """64 of 1,024 directions hold 1/16 of the square of a random matrix: 0.25, as the random rows of Table 5a."""
    left = torch.linalg.qr(torch.randn(1024, 1024)).Q
    linear_map = left * torch.linspace(2, 1, 1024)
    energy = adapter_energy(random_basis(left.double(), 64), linear_map)
    assert (energy.safe, energy.prob) == pytest.approx((0.25, 0.25), abs=0.02)


def test_no_adapter_at_all_has_no_energy(linear_map):
    energy = adapter_energy(torch.zeros(4, 32), linear_map)
    assert (energy.safe, energy.prob) == (0, 0)
