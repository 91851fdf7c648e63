from types import SimpleNamespace

import pytest
import torch
from conftest import TEACHER

from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.refiners.singular_repair import SingularRepair
from singer_mm.registry import MODELS


def test_caps_the_deviation_from_the_median_along_one_direction():
    refiner = SingularRepair(quantile=0.75)
    refiner.direction = torch.tensor([1.0, 0, 0])
    patches = torch.randn(1, 5, 3)
    patches[0, :, 0] = torch.tensor([0.0, 1, 2, 3, 10])
    repaired = refiner(patches)
    # median 2, deviations -2 -1 0 1 8; the 75 % quantile of their sizes 0 1 1 2 8 is 2
    torch.testing.assert_close(repaired[0, :, 0], torch.tensor([0.0, 1, 2, 3, 4]))
    assert torch.equal(repaired[..., 1:], patches[..., 1:])


def test_the_sign_of_the_direction_means_nothing():
    refiner, patches = SingularRepair(quantile=0.8), torch.randn(2, 9, 4)
    refiner.direction = torch.tensor([0.6, 0, 0.8, 0])
    repaired = refiner(patches)
    refiner.direction = -refiner.direction
    torch.testing.assert_close(refiner(patches), repaired)


@pytest.fixture
def defect():
    return torch.nn.functional.normalize(torch.randn(48), dim=0)


@pytest.fixture
def defective_teacher(defect):
    """A teacher whose block 2 writes one direction, strongly, whatever it reads."""
    teacher = MODELS.build(TEACHER)
    with torch.no_grad():
        fc2 = teacher.vit.blocks[2].mlp.fc2.weight
        fc2.add_(20 * defect[:, None] * torch.randn(1, fc2.shape[1]))
    return teacher.freeze()


def test_finds_a_defect_in_the_weights_from_its_block_on(defective_teacher, defect):
    refiner = SingularRepair()
    cosines = []
    for layer in (1, 2, 5):
        refiner.start(defective_teacher, layer, next_block=layer)
        assert refiner.direction.norm().item() == pytest.approx(1)
        cosines.append((refiner.direction @ defect).abs().item())
    assert cosines[0] < 0.5
    assert cosines[1] > 0.95
    assert cosines[2] > 0.95


def test_repairs_what_that_defect_does_to_patches(defective_teacher, defect, images):
    refiner = SingularRepair(quantile=0.5)
    refiner.start(defective_teacher, 2, next_block=3)
    patches = defective_teacher.forward_tokens(images, [2])[2][:, 1:]
    repaired = refiner(patches)
    assert (repaired @ defect).std(dim=1).max() < (patches @ defect).std(dim=1).min()
    # and what lies across the direction stays
    across = torch.eye(48) - torch.outer(refiner.direction, refiner.direction)
    torch.testing.assert_close(repaired @ across, patches @ across, atol=1e-4, rtol=1e-4)


def test_half_precision_stays():
    refiner = SingularRepair()
    refiner.direction = torch.tensor([1.0, 0])
    assert refiner(torch.randn(1, 9, 2).bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize(
    'teacher',
    [
        pytest.param(lambda: SimpleNamespace(describe=lambda: 'OtherViT'), id='not timm'),
        pytest.param(
            lambda: TimmViT('eva02_tiny_patch14_224', img_size=28, embed_dim=48, depth=2, num_heads=3), id='rotary'
        ),
    ],
)
def test_another_backbone_is_refused_in_a_sentence(teacher):
    with pytest.raises(ConfigError, match='SingularRepair.*timm VisionTransformers'):
        SingularRepair().start(teacher(), 1, next_block=1)
