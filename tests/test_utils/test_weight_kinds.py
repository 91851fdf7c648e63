import pytest
import torch

from singer_mm.errors import CheckpointError
from singer_mm.utils.weight_kinds import are_finite, check_weights, non_finite

TARGET = dict(weight=torch.zeros(3), index=torch.zeros(3, dtype=torch.long))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_floating_point_weights_pass(dtype):
    check_weights('a.pth', dict(weight=torch.ones(3, dtype=dtype), index=torch.ones(3, dtype=torch.int32)), TARGET)


@pytest.mark.parametrize(
    'value',
    [
        torch.ones(3, dtype=torch.int8),
        torch.ones(3, dtype=torch.int64),
        torch.ones(3, dtype=torch.bool),
        torch.ones(3, dtype=torch.complex64),
        torch.ones(3).to(torch.float8_e4m3fn),
        torch.ones(3).to_sparse(),
        torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        torch.tensor([1.0, float('nan'), 1.0]),
        torch.tensor([1.0, 1.0, float('-inf')]),
        'text',
    ],
    ids=str,
)
def test_other_kinds_are_refused_by_file_and_key(value):
    with pytest.raises(CheckpointError, match=r"a\.pth.*'weight'"):
        check_weights('a.pth', dict(weight=value), TARGET)
    check_weights('a.pth', dict(other=value), TARGET)  # what the network does not take is not looked at


def test_fractions_are_no_indices():
    with pytest.raises(CheckpointError, match="'index'.*int64"):
        check_weights('a.pth', dict(index=torch.ones(3)), TARGET)


def test_what_is_spared_may_be_broken():
    broken = dict(weight=torch.tensor([1.0, float('nan'), 1.0]))
    check_weights('a.pth', broken, TARGET, lambda names: tuple(names))


def test_broken_tensors_are_named():
    named = dict(a=torch.ones(2), b=torch.tensor([float('inf')]), c=torch.tensor([float('nan')]))
    assert non_finite(named.items()) == ['b', 'c']
    assert non_finite(dict(a=torch.ones(2), n=torch.tensor(3)).items()) == []
    assert non_finite([]) == []


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_large_values_are_finite_and_empty_tensors_too(dtype):
    largest = torch.full((1000,), torch.finfo(dtype).max, dtype=dtype)
    broken = [torch.where(torch.arange(1000) == 7, value, largest) for value in (float('nan'), float('-inf'))]
    assert are_finite([largest, *broken, largest[:0], -largest]) == [True, False, False, True, True]
    assert are_finite([]) == []
