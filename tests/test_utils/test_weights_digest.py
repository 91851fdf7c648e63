import hashlib

import pytest
import torch

from singer_mm.utils.weights_digest import weights_digest

WEIGHTS = dict(a=torch.arange(6.0).reshape(2, 3), b=torch.tensor(3), c=torch.ones(2, dtype=torch.bfloat16))


def test_is_the_sha256_of_what_it_says():
    content = b'w (2,) torch.float32;' + torch.tensor([1.0, 2.0]).numpy().tobytes()
    assert weights_digest(dict(w=torch.tensor([1.0, 2.0]))) == hashlib.sha256(content).hexdigest()


def test_neither_order_nor_layout_nor_gradients_count():
    shuffled = dict(c=WEIGHTS['c'], b=WEIGHTS['b'], a=WEIGHTS['a'].T.contiguous().T.requires_grad_())
    assert not shuffled['a'].is_contiguous()
    assert weights_digest(shuffled) == weights_digest(WEIGHTS)


@pytest.mark.parametrize(
    'change',
    [
        dict(a=torch.nextafter(WEIGHTS['a'], torch.tensor(9.0))),
        dict(a=WEIGHTS['a'].reshape(3, 2)),
        dict(c=WEIGHTS['c'].half()),
        dict(b=torch.tensor(4)),
        dict(d=torch.zeros(0)),
    ],
    ids=['last_bit', 'shape', 'type', 'scalar', 'empty_tensor'],
)
def test_everything_else_does(change):
    assert weights_digest({**WEIGHTS, **change}) != weights_digest(WEIGHTS)
    assert weights_digest({**WEIGHTS, **change}) == weights_digest({**WEIGHTS, **change})


def test_names_count():
    renamed = {'z' if name == 'a' else name: value for name, value in WEIGHTS.items()}
    assert weights_digest(renamed) != weights_digest(WEIGHTS)
