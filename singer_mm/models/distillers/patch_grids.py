"""Patch grids of teacher and student that differ in size."""

import torch
from torch import Tensor
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.utils.precision import at_least_float32

Grid = tuple[int, int]
"""Rows and columns of patches."""


def check_grids_meet(teacher: Grid, student: Grid, teacher_name: str, student_name: str) -> None:
    """Check that two patch grids cover the same image, so that one can be resampled to the other.

    Raises:
        ConfigError: If their aspect ratios differ by more than the rounding to whole patches.
    """
    (rows, columns), (student_rows, student_columns) = teacher, student
    # A side of n patches is n plus or minus half a patch long.
    stretch = (rows * student_columns) / (columns * student_rows)
    slack = 1 + 0.5 * sum(1 / side for side in (*teacher, *student))
    if not 1 / slack <= stretch <= slack:
        raise ConfigError(
            f'{teacher_name} sees {rows}x{columns} patches, but {student_name} sees {student_rows}x{student_columns}: '
            'grids of another aspect ratio cannot be resampled; give student_img_size the aspect ratio of the images.'
        )


def resample_patches(tokens: Tensor, num_prefix_tokens: int, grid: Grid, new_grid: Grid) -> Tensor:
    """Resample the patch tokens to another grid; prefix tokens stay.

    Bilinear, antialiased where the new grid is coarser, in float32 or better; it commutes with a linear projector.

    Args:
        tokens: ``(B, P+N, C)`` with ``N = grid[0] * grid[1]``.
        num_prefix_tokens: ``P``.
        grid: Rows and columns of the patches.
        new_grid: Wanted rows and columns.

    Returns:
        ``(B, P+N', C)``; the same object if the grids are equal.
    """
    if grid == new_grid:
        return tokens
    patches = at_least_float32(tokens[:, num_prefix_tokens:]).transpose(1, 2).unflatten(2, grid)
    resampled = F.interpolate(patches, size=new_grid, mode='bilinear', align_corners=False, antialias=True)
    return torch.cat([tokens[:, :num_prefix_tokens], resampled.flatten(2).transpose(1, 2).to(tokens.dtype)], dim=1)
