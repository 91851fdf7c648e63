import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import NullspaceAdapter


def test_starts_by_doubling_what_the_map_does_not_see():
    linear_map = torch.diag(torch.tensor([3.0, 2.0, 1.0, 0.0]))
    adapter = NullspaceAdapter(rank=1)
    adapter.init_from(linear_map)
    patches = torch.randn(2, 5, 4)
    refined = adapter(patches)
    torch.testing.assert_close(refined[..., :3], patches[..., :3])
    torch.testing.assert_close(refined[..., 3], 2 * patches[..., 3])
    torch.testing.assert_close(refined @ linear_map, patches @ linear_map)


@pytest.mark.parametrize(('start', 'factor'), [('double', 2.0), ('remove', 0.0), ('zero', 1.0)])
def test_three_starts(start, factor):
    linear_map = torch.diag(torch.tensor([3.0, 2.0, 1.0, 0.0]))
    adapter = NullspaceAdapter(rank=1, start=start)
    adapter.init_from(linear_map)
    patches = torch.randn(2, 5, 4)
    refined = adapter(patches)
    torch.testing.assert_close(refined[..., :3], patches[..., :3])
    torch.testing.assert_close(refined[..., 3], factor * patches[..., 3])
    torch.testing.assert_close(refined @ linear_map, patches @ linear_map)
    refined.square().sum().backward()
    # From the other starts the first step moves up alone, as with LoRA: the result has no share inside, or up is 0.
    assert (adapter.down.grad.abs().sum() > 0) == (start == 'double')
    assert adapter.up.grad.abs().sum() > 0


def test_is_the_identity_before_it_is_initialised():
    patches = torch.randn(2, 5, 8)
    torch.testing.assert_close(NullspaceAdapter(rank=2, embed_dims=8)(patches), patches)


def test_takes_dtype_and_width_from_the_map():
    adapter = NullspaceAdapter(rank=2)
    adapter.init_from(torch.randn(8, 8, dtype=torch.float64))
    assert (adapter.down.shape, adapter.up.shape) == ((8, 2), (2, 8))
    assert adapter.down.dtype == torch.float64


def test_parameters_train_and_the_initial_basis_stays():
    adapter = NullspaceAdapter(rank=2)
    adapter.init_from(torch.randn(8, 8))
    before = adapter.initial_basis.clone()
    adapter(torch.randn(1, 3, 8)).square().sum().backward()
    torch.optim.SGD(adapter.parameters(), lr=0.1).step()
    assert adapter.down.grad.abs().sum() > 0
    assert adapter.up.grad.abs().sum() > 0
    assert not torch.equal(adapter.up, before)
    assert torch.equal(adapter.initial_basis, before)
    assert 'initial_basis' in adapter.state_dict()


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(basis='largest'), 'basis.*smallest, released, random'),
        (dict(start='half'), 'start.*double, remove, zero'),
        (dict(basis='released'), 'threshold'),
        (dict(basis='smallest', threshold=0.05), 'threshold'),
        (dict(rank=0), 'rank is 0'),
        (dict(rank=9, embed_dims=8), 'rank 9.*1 to 8'),
    ],
)
def test_refuses_what_makes_no_sense(arguments, message):
    with pytest.raises(ConfigError, match=message):
        NullspaceAdapter(**arguments)


def test_preserved_norm_cannot_shrink():
    adapter = NullspaceAdapter(rank=4, preserve_norm=True)
    adapter.init_from(torch.randn(8, 8))
    with torch.no_grad():
        adapter.up.mul_(-0.9)
    patches = torch.randn(3, 11, 8)
    torch.testing.assert_close(
        adapter(patches).norm(dim=-1).median(dim=1).values, patches.norm(dim=-1).median(dim=1).values
    )


def test_frozen_adapter_has_nothing_to_train():
    adapter = NullspaceAdapter(rank=4, frozen=True, embed_dims=8)
    assert not any(value.requires_grad for value in adapter.parameters())
