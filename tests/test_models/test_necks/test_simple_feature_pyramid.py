import pytest
import torch
from mmengine.config import ConfigDict

from singer_mm.errors import ConfigError
from singer_mm.models.necks import SimpleFeaturePyramid
from singer_mm.models.necks.simple_feature_pyramid import resample
from singer_mm.registry import MODELS


def pyramid(patch_size, **kwargs):
    return SimpleFeaturePyramid(in_channels=8, patch_size=patch_size, out_channels=6, **kwargs)


@pytest.mark.parametrize(
    ('patch_size', 'grid', 'sizes'),
    [
        # 64 x 96 pixels
        (16, (4, 6), [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)]),
        (8, (8, 12), [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)]),
        (32, (2, 3), [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)]),
        # 48 x 80 pixels: an odd grid loses no row
        (16, (3, 5), [(12, 20), (6, 10), (3, 5), (2, 3), (1, 2)]),
        # 70 x 98 pixels: 70 / 4 = 17.5, 70 / 32 = 2.19, 98 / 4 = 24.5, 98 / 32 = 3.06
        (14, (5, 7), [(18, 25), (9, 13), (5, 7), (3, 4), (2, 2)]),
        # 224 pixels, where all strides fit
        (14, (16, 16), [(56, 56), (28, 28), (14, 14), (7, 7), (4, 4)]),
    ],
)
def test_levels_cover_the_image_at_strides_4_to_64(patch_size, grid, sizes):
    levels = pyramid(patch_size)([torch.randn(2, 8, *grid)])
    assert [tuple(level.shape) for level in levels] == [(2, 6, *size) for size in sizes]


def test_only_the_last_map_is_read():
    neck = pyramid(16)
    first, last = torch.randn(2, 1, 8, 4, 4)
    assert all(torch.equal(one, two) for one, two in zip(neck([last]), neck([first, last]), strict=True))


def test_levels_of_vitdet_by_hand():
    neck = pyramid(16)
    maps = torch.randn(1, 8, 4, 6)
    levels = neck([maps])
    for stride, scaled in {16: maps, 32: torch.nn.functional.max_pool2d(maps, 2)}.items():
        index = {16: 2, 32: 3}[stride]
        one, norm_one, three, norm_three = neck.convs[index]
        expected = torch.nn.functional.conv2d(scaled, one.weight)
        expected = torch.nn.functional.layer_norm(expected.movedim(1, -1), (6,), eps=1e-6).movedim(-1, 1)
        expected = torch.nn.functional.conv2d(expected, three.weight, padding=1)
        expected = torch.nn.functional.layer_norm(expected.movedim(1, -1), (6,), eps=1e-6).movedim(-1, 1)
        torch.testing.assert_close(levels[index], expected)
    # A transposed convolution of stride 2: each cell becomes 2 x 2 cells of its own.
    scaled = neck.scalings[1](maps)
    weight, bias = neck.scalings[1].weight, neck.scalings[1].bias
    torch.testing.assert_close(
        scaled[0, :, 4:6, 2:4], torch.einsum('c,cdij->dij', maps[0, :, 2, 1], weight) + bias[:, None, None]
    )
    assert torch.equal(levels[4], levels[3][..., ::2, ::2])


@pytest.mark.parametrize('patch_size', [8, 14, 32])
@pytest.mark.parametrize('size', [64, 70, 1022])
def test_resampled_cells_lie_at_exact_strides(patch_size, size):
    """A map that holds the position of its cells, in pixels, tells where the resampled cells lie."""
    cells = -(-size // patch_size)
    positions = ((torch.arange(cells, dtype=torch.float64) + 0.5) * patch_size).expand(1, 1, cells, cells)
    wanted = -(-cells * patch_size // 16)
    resampled = resample(positions, patch_size / 16, (wanted, wanted))
    expected = (torch.arange(wanted, dtype=torch.float64) + 0.5) * 16
    # The border is repeated: no cell lies beyond the centres of the first and the last one.
    assert resampled.shape == (1, 1, wanted, wanted)
    torch.testing.assert_close(resampled[0, 0, 0], expected.clamp(positions.min(), positions.max()))


def test_patches_of_16_pixels_are_not_resampled():
    maps = torch.randn(1, 2, 3, 4)
    assert torch.equal(resample(maps, 1.0, (3, 4)), maps)


@pytest.mark.parametrize('patch_size', [14, 16])
def test_every_level_trains_its_own_layers_and_reaches_the_map(patch_size):
    neck = pyramid(patch_size)
    for index in range(4):
        neck.zero_grad()
        maps = torch.randn(2, 8, 4, 4, requires_grad=True)
        neck([maps])[index].square().sum().backward()
        assert maps.grad.abs().sum() > 0
        trained = {name.split('.')[1] for name, value in neck.named_parameters() if value.grad is not None}
        assert trained == {str(index)}


def test_it_is_registered_and_says_which_numbers_of_levels_there_are():
    neck = MODELS.build(ConfigDict(type='singer_mm.SimpleFeaturePyramid', in_channels=8, patch_size=16, num_outs=4))
    assert len(neck([torch.randn(1, 8, 2, 2)])) == 4
    with pytest.raises(ConfigError, match='num_outs is 3.*4 or more'):
        pyramid(16, num_outs=3)
