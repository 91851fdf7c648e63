import torch

from singer_mm.models.refiners.norm_clip import NormClip


def test_clips_to_the_quantile_and_keeps_directions():
    directions = torch.nn.functional.normalize(torch.randn(5, 3), dim=1)
    patches = torch.stack([directions * torch.tensor([[1.0], [2], [3], [4], [10]]), 2 * directions])
    clipped = NormClip(quantile=0.75)(patches)
    # The 75 % quantile of five values is the fourth.
    assert torch.equal(clipped[0, :4], patches[0, :4])
    torch.testing.assert_close(clipped[0, 4], 4 * directions[4])
    torch.testing.assert_close(clipped[1], patches[1])


def test_zero_patches_stay_zero():
    patches = torch.zeros(1, 4, 3)
    assert torch.equal(NormClip()(patches), patches)
    patches[0, 0, 0] = 5.0
    assert NormClip(quantile=0.5)(patches).abs().sum() == 0


def test_half_precision_stays_and_its_norms_do_not():
    patches = torch.full((1, 4, 64), 200.0, dtype=torch.float16)  # norm 1600, whose square no float16 holds
    patches[0, 0] *= 100
    clipped = NormClip(quantile=0.5)(patches)
    assert clipped.dtype == torch.float16
    torch.testing.assert_close(clipped[0, 0], patches[0, 1])
