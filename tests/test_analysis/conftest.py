import pytest
import torch
from conftest import TEACHER

from singer_mm.models import TimmViT

PLANTED = (9, 20)
"""Patches, in a grid of 8 x 8, that carry an artifact from block 3 on: row 1, column 1 and row 2, column 4."""


@pytest.fixture
def tiny_teacher():
    """A frozen random network of six blocks that takes any size."""
    return TimmViT(**{k: v for k, v in TEACHER.items() if k != 'type'}, dynamic_img_size=True, frozen=True)


@pytest.fixture
def planted_teacher(tiny_teacher):
    """The same with artifacts: block 3 adds a long vector, null for block 4, to two patches."""
    null_direction = torch.linalg.svd(tiny_teacher.linear_map(4)).U[:, -1]

    def plant(module, inputs, tokens):
        tokens = tokens.clone()
        tokens[:, [1 + patch for patch in PLANTED]] += 200 * null_direction
        return tokens

    tiny_teacher.vit.blocks[3].register_forward_hook(plant)
    return tiny_teacher
