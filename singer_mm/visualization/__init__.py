"""Pictures of a run and of a benchmark: pure functions from arrays to a ``matplotlib.figure.Figure``."""

from .box_overlay import DetectedBoxes, draw_box_overlay
from .confusion_matrix import draw_confusion_matrices
from .depth_panels import draw_depth_panels
from .diagnostics_curves import draw_diagnostics_curves
from .failure_examples import Failure, draw_failure_examples
from .loss_curves import draw_loss_curves
from .patch_cosine_maps import draw_patch_cosine_maps
from .patch_norm_maps import draw_patch_norm_maps
from .patch_similarity import patch_cosine_correlation
from .pca_feature_maps import draw_pca_feature_maps
from .radar_chart import draw_radar_chart
from .relative_norm_maps import draw_relative_norm_maps
from .segmentation_overlay import draw_segmentation_overlay
from .sweep_curves import draw_sweep_curves

__all__ = [
    'DetectedBoxes',
    'Failure',
    'draw_box_overlay',
    'draw_confusion_matrices',
    'draw_depth_panels',
    'draw_diagnostics_curves',
    'draw_failure_examples',
    'draw_loss_curves',
    'draw_patch_cosine_maps',
    'draw_patch_norm_maps',
    'draw_pca_feature_maps',
    'draw_radar_chart',
    'draw_relative_norm_maps',
    'draw_segmentation_overlay',
    'draw_sweep_curves',
    'patch_cosine_correlation',
]
