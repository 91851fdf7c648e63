"""Pictures of a distillation run: pure functions from arrays to a ``matplotlib.figure.Figure``."""

from .diagnostics_curves import draw_diagnostics_curves
from .loss_curves import draw_loss_curves
from .patch_cosine_maps import draw_patch_cosine_maps
from .patch_norm_maps import draw_patch_norm_maps
from .patch_similarity import patch_cosine_correlation

__all__ = [
    'draw_diagnostics_curves',
    'draw_loss_curves',
    'draw_patch_cosine_maps',
    'draw_patch_norm_maps',
    'patch_cosine_correlation',
]
