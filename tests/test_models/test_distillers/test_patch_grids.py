import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import LinearProjector
from singer_mm.models.distillers.patch_grids import check_grids_meet, resample_patches


def ramp(grid):
    """Tokens whose patches hold their own relative position, behind one prefix token."""
    rows, columns = torch.meshgrid(*((torch.arange(side) + 0.5) / side for side in grid), indexing='ij')
    return torch.cat([torch.full((1, 1, 2), 9.0), torch.stack([rows, columns], dim=-1).flatten(0, 1)[None]], dim=1)


@pytest.mark.parametrize(('grid', 'new_grid'), [((8, 8), (4, 4)), ((14, 14), (16, 16)), ((8, 4), (4, 2))])
def test_what_grows_evenly_stays_where_it_was(grid, new_grid):
    results = (resample_patches(ramp(grid), 1, grid, new_grid), ramp(new_grid))
    resampled, expected = (values[:, 1:].unflatten(1, new_grid)[:, 1:-1] for values in results)
    inner = slice(1, -1) if new_grid[1] > 2 else slice(None)
    # At the border there is nothing to interpolate towards.
    torch.testing.assert_close(resampled[:, :, inner][..., 0], expected[:, :, inner][..., 0], rtol=0, atol=0.01)


def test_constants_and_prefix_tokens_stay():
    tokens = torch.cat([torch.randn(2, 3, 5), torch.ones(2, 16, 5)], dim=1)
    resampled = resample_patches(tokens, 3, (4, 4), (6, 6))
    assert resampled.shape == (2, 39, 5)
    assert torch.equal(resampled[:, :3], tokens[:, :3])
    torch.testing.assert_close(resampled[:, 3:], torch.ones(2, 36, 5))


def test_equal_grids_cost_nothing():
    tokens = torch.randn(1, 17, 5)
    assert resample_patches(tokens, 1, (4, 4), (4, 4)) is tokens


def test_it_commutes_with_a_linear_projector():
    projector, tokens = LinearProjector(5, 7), torch.randn(2, 17, 5)
    before = projector(resample_patches(tokens, 1, (4, 4), (3, 3)))
    torch.testing.assert_close(before, resample_patches(projector(tokens), 1, (4, 4), (3, 3)))


def test_half_precision_is_resampled_in_float32():
    assert resample_patches(torch.ones(1, 17, 2).bfloat16(), 1, (4, 4), (8, 8)).dtype == torch.bfloat16


@pytest.mark.parametrize(('teacher', 'student'), [((16, 16), (14, 14)), ((16, 9), (14, 8)), ((37, 49), (32, 43))])
def test_grids_of_one_image_meet(teacher, student):
    check_grids_meet(teacher, student, 'teacher', 'student')


@pytest.mark.parametrize(('teacher', 'student'), [((16, 16), (16, 8)), ((16, 8), (8, 16))])
def test_other_aspect_ratios_do_not(teacher, student):
    with pytest.raises(ConfigError, match='student_img_size'):
        check_grids_meet(teacher, student, 'teacher', 'student')
