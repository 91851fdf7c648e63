import pytest
import torch
from torch.nn import functional as F

from singer_mm.models.projectors.masked_generator import MaskedGenerator


def test_hides_the_share_of_each_image_and_each_image_anew():
    generator = MaskedGenerator(8, mask_ratio=0.5)
    mask = generator.draw_mask(torch.zeros(16, 15, 8))
    assert mask.sum(dim=1).tolist() == [8] * 16  # 15 - int(7.5)
    assert len({tuple(row.tolist()) for row in mask}) > 1


def test_masks_follow_torchs_seed():
    generator = MaskedGenerator(8, mask_ratio=0.3)
    torch.manual_seed(3)
    first = generator.draw_mask(torch.zeros(2, 10, 8))
    torch.manual_seed(3)
    assert torch.equal(generator.draw_mask(torch.zeros(2, 10, 8)), first)
    assert first.float().mean().item() == pytest.approx(0.3)


def test_hidden_patches_have_no_influence():
    generator = MaskedGenerator(4)
    patches, mask = torch.randn(1, 6, 4), torch.tensor([[True, False, True, False, False, True]])
    changed = torch.where(mask[..., None], torch.randn(1, 6, 4), patches)
    assert torch.equal(generator(patches, mask, (2, 3)), generator(changed, mask, (2, 3)))


def test_is_two_convolutions_over_rows_and_columns():
    generator = MaskedGenerator(4)
    torch.nn.init.normal_(generator.mask_token)
    patches, mask = torch.randn(1, 6, 4), torch.tensor([[False, False, True, False, False, False]])
    grid = patches.clone()
    grid[0, 2] = generator.mask_token[0, 0]
    image = torch.stack([grid[0, :3].T, grid[0, 3:].T], dim=1)[None]  # (1, C, 2 rows, 3 columns)
    first, _, second = generator.generation
    hidden = F.conv2d(image, first.weight, first.bias, padding=1).clamp_min(0)
    expected = F.conv2d(hidden, second.weight, second.bias, padding=1)
    generated = generator(patches, mask, (2, 3))
    torch.testing.assert_close(generated[0, 4], expected[0, :, 1, 1])
    assert generated.shape == (1, 6, 4)
