"""What is measured of a trained variant."""

import torch

from singer_mm.datasets.photographs import load_photographs
from singer_mm.engine.config.image_size import training_size
from singer_mm.evaluation.similarity.explained_variance import explained_variance
from singer_mm.evaluation.similarity.patch_similarity import patch_cosine_correlation
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.distillers.last_layer import last_layer_patches
from singer_mm.runs.trained_run import load_trained, read_run, untrained_distiller

from .variant_run import VariantRun

NUMBER_OF_IMAGES = 128
OUTLIER_QUANTILE = 0.97
FROM_LAYER_STATISTICS = {
    'outlier_ratio_refined': 'outlier ratio',
    'median_norm_ratio': 'norm ratio',
    'info_error': 'info error',
    'outlier_kd_share': 'KD share',
}
"""Statistics of the last distilled layer and their columns; see ``singer_mm.models.distillers.diagnostics``."""

EXPLANATIONS = {
    'distance': "share of the variance of the teacher's last distilled layer that no linear map explains (1 - R2)",
    'resemblance': "correlation of the student's patch cosines with the teacher's, mean over images",
    'outlier ratio': '99th percentile / median patch norm of the target at the last distilled layer',
    'norm ratio': 'median patch norm there, target / teacher',
    'info error': 'RMS change of patch cosines there by the refiner',
    'KD share': 'share of the energy of the KD gradient there on the 3 % of patches with the highest teacher norms',
}


@torch.no_grad()
def measure_features(run: VariantRun, images: str) -> dict[str, float]:
    """Return the columns of :data:`EXPLANATIONS` on up to 128 images of a folder, at the size of training.

    Raises:
        SingerError: If the run or the images cannot be read.
    """
    trained = read_run(run.folder)
    distiller = untrained_distiller(trained)
    load_trained(distiller, trained)
    photographs = load_photographs(images, training_size(trained.config), number=NUMBER_OF_IMAGES)
    inputs = distiller.data_preprocessor({'inputs': photographs.tensors, 'data_samples': None}, False)['inputs']
    patches = last_layer_patches(distiller, inputs)
    student, teacher = patches['student'].double(), patches['teacher'].double()
    values = {
        # The linear map is fitted on every other image.
        'distance': 1 - explained_variance(student[::2], teacher[::2], student[1::2], teacher[1::2]),
        'resemblance': float(patch_cosine_correlation(student, teacher).mean()),
    }
    statistics = layer_statistics(distiller, inputs, OUTLIER_QUANTILE)[distiller.teacher_layers[-1]]
    if not distiller.refiners:
        unrefined = dict(median_norm_ratio=1.0, info_error=0.0)
        unrefined['outlier_ratio_refined'] = statistics['outlier_ratio_teacher']
        statistics = {**statistics, **unrefined}
    return values | {column: statistics[name] for name, column in FROM_LAYER_STATISTICS.items()}
