import torch

from singer_mm.models.refiners.nullspace import (
    left_singular_vectors,
    random_basis,
    released_basis,
    share_inside,
    smallest_basis,
)


def map_with_spectrum(values):
    """A linear map with given singular values and random directions."""
    size = len(values)
    left, right = (torch.linalg.qr(torch.randn(size, size, dtype=torch.float64)).Q for _ in range(2))
    return left @ torch.diag(torch.tensor(values, dtype=torch.float64)) @ right


def test_the_smallest_directions_do_not_pass_the_map():
    linear_map = map_with_spectrum([5.0, 3.0, 2.0, 1.0, 0.0, 0.0])
    left, values = left_singular_vectors(linear_map.float())
    basis = smallest_basis(left, 2)
    assert basis.dtype == values.dtype == torch.float64
    assert (basis @ linear_map).abs().max() < 1e-6
    torch.testing.assert_close(basis @ basis.T, torch.eye(2, dtype=torch.float64))


def test_the_released_order_takes_the_least_null_of_the_null():
    linear_map = map_with_spectrum([5.0, 3.0, 0.04, 0.03, 0.02, 0.01])
    left, values = left_singular_vectors(linear_map)
    lengths = (released_basis(left, values, rank=2, threshold=0.05) @ linear_map).norm(dim=1)
    torch.testing.assert_close(lengths, torch.tensor([0.04, 0.03], dtype=torch.float64))


def test_the_released_basis_is_padded_with_unit_vectors():
    left, values = left_singular_vectors(map_with_spectrum([5.0, 3.0, 2.0, 1.0, 0.5, 0.01]))
    basis = released_basis(left, values, rank=4, threshold=0.05)
    assert basis.shape == (4, 6)
    torch.testing.assert_close(basis.norm(dim=1), torch.ones(4, dtype=torch.float64))


def test_random_basis_is_orthonormal():
    basis = random_basis(torch.eye(6, dtype=torch.float64), 3)
    torch.testing.assert_close(basis @ basis.T, torch.eye(3, dtype=torch.float64))


def test_share_inside():
    basis = torch.eye(4)[:2]
    assert share_inside(torch.tensor([[3.0, 0, 0, 4.0]]), basis).item() == 9 / 25
    assert share_inside(torch.tensor([[3.0, 1, 0, 0]]), basis).item() == 1
    assert share_inside(torch.zeros(1, 4), basis).item() == 0


def test_share_inside_of_an_oblique_basis():
    oblique = torch.tensor([[1.0, 0, 0], [1, 1, 0]])
    assert abs(share_inside(torch.tensor([[0.0, 2, 0]]), oblique).item() - 1) < 1e-12
