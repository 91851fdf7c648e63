"""Pictures of a run and of a benchmark: pure functions from arrays to a ``matplotlib.figure.Figure``."""

from .box_overlay import DetectedBoxes, draw_box_overlay
from .confusion_matrix import draw_confusion_matrices
from .failure_examples import Failure, draw_failure_examples
from .feature_sheet import draw_feature_sheet
from .norm_distribution import draw_norm_distribution
from .nullspace_share import draw_nullspace_share
from .outlier_positions import draw_outlier_positions
from .patch_maps import (
    draw_agreement_maps,
    draw_outlier_maps,
    draw_patch_cosine_maps,
    draw_patch_norm_maps,
    draw_pca_feature_maps,
    draw_relative_norm_maps,
)
from .pixel_predictions import draw_depth_panels, draw_segmentation_overlay
from .planted_artifacts import draw_planted_curves, draw_planted_measures
from .radar_chart import draw_radar_chart
from .run_curves import draw_diagnostics_curves, draw_loss_curves
from .save_figure import figure_pixels
from .similarity_matrix import SimilarityMatrix, draw_similarity_matrices
from .spectra import draw_spectra
from .sublayer_changes import draw_sublayer_changes
from .sweep_curves import draw_sweep_curves

__all__ = [
    'DetectedBoxes',
    'Failure',
    'SimilarityMatrix',
    'draw_agreement_maps',
    'draw_box_overlay',
    'draw_confusion_matrices',
    'draw_depth_panels',
    'draw_diagnostics_curves',
    'draw_failure_examples',
    'draw_feature_sheet',
    'draw_loss_curves',
    'draw_norm_distribution',
    'draw_nullspace_share',
    'draw_outlier_maps',
    'draw_outlier_positions',
    'draw_patch_cosine_maps',
    'draw_patch_norm_maps',
    'draw_pca_feature_maps',
    'draw_planted_curves',
    'draw_planted_measures',
    'draw_radar_chart',
    'draw_relative_norm_maps',
    'draw_segmentation_overlay',
    'draw_similarity_matrices',
    'draw_spectra',
    'draw_sublayer_changes',
    'draw_sweep_curves',
    'figure_pixels',
]
