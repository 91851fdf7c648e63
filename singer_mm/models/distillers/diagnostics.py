"""What the refiner does to the teacher's features, and where the distillation gradient goes."""

import torch
from torch import Tensor

from singer_mm.models.losses.info_loss import patch_cosine_gram
from singer_mm.models.refiners.nullspace import share_inside
from singer_mm.utils.precision import at_least_float32

from .distill_features import DistillFeatures
from .feature_distiller import FeatureDistiller

STATISTICS = {
    'outlier_ratio_teacher': "99th percentile / median patch norm of the teacher's tokens",
    'outlier_ratio_refined': '99th percentile / median patch norm of the refined tokens',
    'outlier_kd_share': 'share of the energy of the KD gradient on patches that falls on outlier patches',
    'info_error': "RMS difference of patch cosines: of the next block's outputs, at the last layer of the tokens",
    'median_norm_ratio': 'median patch norm, refined / teacher',
    'perturbation': 'norm of (refined - teacher) / norm of teacher, over patches',
    'nullspace_share': 'share of the energy of (refined - teacher) inside the initial nullspace',
}
"""Names and meanings of the values of :func:`layer_statistics`; without a refiner, only those of the teacher.

The outlier patches of ``outlier_kd_share`` are *teacher quantile outliers*: their norm in the unrefined teacher exceeds
a quantile of their image. They stay the same while the refiner trains, unlike the quantile outliers of ``OutlierLoss``;
every image with unequal norms has some, unlike the ratio outliers of ``analysis/artifacts/outliers.py``. The two
``outlier_ratio_*`` values select no patches.
"""


@torch.no_grad()
def layer_statistics(distiller: FeatureDistiller, inputs: Tensor, quantile: float) -> dict[int, dict[str, float]]:
    """Return the :data:`STATISTICS` of a batch, by teacher layer.

    This costs one pass of teacher, refiner, next blocks and student without gradients. 0 / 0 counts as the quotient of
    equal values: for a teacher that is zero everywhere, the ratios are 1, and perturbation and shares are 0.

    Args:
        distiller: The distiller.
        inputs: ``(B, 3, H, W)``, as its data preprocessor yields them.
        quantile: Patches whose teacher norm exceeds this quantile of their image are teacher quantile outliers.
    """
    features = distiller.extract(inputs)
    gradients = _kd_gradients(distiller, features)
    teacher, refined = features.patches(features.teacher), features.patches(features.refined)
    statistics = {}
    for layer in features.teacher:
        norms = at_least_float32(teacher[layer]).norm(dim=-1)  # (B, N)
        values = {'outlier_ratio_teacher': _outlier_ratio(norms)}
        if layer in gradients:
            values['outlier_kd_share'] = _outlier_share(gradients[layer], norms, quantile)
        if features.refined is not features.teacher:
            refined_norms = at_least_float32(refined[layer]).norm(dim=-1)
            change = at_least_float32(refined[layer]) - at_least_float32(teacher[layer])
            values |= {
                'outlier_ratio_refined': _outlier_ratio(refined_norms),
                'info_error': _info_error(distiller, features, layer, distiller.teacher.grid(inputs)),
                'median_norm_ratio': _quotient(refined_norms.median(), norms.median(), 1.0),
                'perturbation': _quotient(change.norm(), norms.norm(), 0.0),
            }
            initial_basis = getattr(distiller.refiners[str(layer)], 'initial_basis', None)
            if initial_basis is not None:
                values['nullspace_share'] = share_inside(change, initial_basis)
        statistics[layer] = {name: float(value) for name, value in values.items()}
    return statistics


def _outlier_ratio(norms: Tensor) -> Tensor:
    """Return the 99th percentile over the median of each image's norms ``(B, N)``, averaged over images."""
    return _quotient(norms.quantile(0.99, dim=1), norms.quantile(0.5, dim=1), 1.0).mean()


def _quotient(numerator: Tensor, denominator: Tensor, of_zeros: float) -> Tensor:
    """Return the quotient; ``of_zeros`` where both are 0."""
    return (numerator / denominator).where((numerator != 0) | (denominator != 0), of_zeros)


def _kd_gradients(distiller: FeatureDistiller, features: DistillFeatures) -> dict[int, Tensor]:
    """Return the gradient of L_KD by the projected student patches, ``(B, N, C)``, for each layer that it reaches."""
    with torch.enable_grad():
        student = {layer: tokens.detach().requires_grad_() for layer, tokens in features.student.items()}
        loss = distiller.distillation_loss(student, features)
        gradients = torch.autograd.grad(loss, list(student.values()), allow_unused=True)
    reached = {layer: value for layer, value in zip(student, gradients, strict=True) if value is not None}
    return features.patches(reached)


def _outlier_share(gradient: Tensor, norms: Tensor, quantile: float) -> Tensor:
    """Return the share of the energy of ``gradient`` ``(B, N, C)`` on quantile outliers of ``norms`` ``(B, N)``."""
    is_outlier = norms > norms.quantile(quantile, dim=1, keepdim=True)
    energy = at_least_float32(gradient).square().sum(dim=-1)
    return _quotient((energy * is_outlier).sum(), energy.sum(), 0.0)


def _info_error(distiller: FeatureDistiller, features: DistillFeatures, layer: int, grid: tuple[int, int]) -> Tensor:
    refined, teacher = features.refined[layer], features.teacher[layer]
    if layer in features.refined_next:
        refined, teacher = features.refined_next[layer], features.teacher_next[layer]
    elif layer != distiller.teacher_layers[-1]:  # measured even if the method does not use the next block
        with distiller.teacher_precision():
            refined, teacher = (distiller.teacher.forward_block(layer + 1, value, grid) for value in (refined, teacher))
    grams = (patch_cosine_gram(tokens[:, -features.num_patches :]) for tokens in (refined, teacher))
    return torch.sub(*grams).square().mean().sqrt()
