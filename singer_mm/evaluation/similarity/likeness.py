"""The similarity of two networks' tokens of the same images: linear CKA, cosines, Gram distance."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from singer_mm.models.losses.info_loss import patch_cosine_gram
from singer_mm.utils.precision import at_least_float32

from .patch_similarity import patch_cosine_correlation
from .patch_views import PatchViews

MIN_SAMPLES = 4  # the unbiased estimate divides by n - 3


@dataclass(frozen=True)
class Likeness:
    """The similarity of two sets of patch tokens; 1: the same, apart from what the measure ignores.

    Attributes:
        cka: :func:`linear_cka` over the patches of all images.
        patch_cosine_correlation: Mean over the images of :func:`patch_cosine_correlation`.
        token_cosine: Mean over the images of :func:`token_cosine`; None for tokens of different spaces.
        gram_distance: Mean over the images of :func:`gram_distance`; 0: the same.
    """

    cka: float
    patch_cosine_correlation: float
    token_cosine: float | None
    gram_distance: float


def compare_pairs(views: PatchViews) -> list[dict[str, Likeness]]:
    """Return the similarities ``student_teacher``, ``student_refined``, ``refined_teacher`` of each pair of layers.

    CKA and the correlation use the student in its own space, the token cosine its projection. Without a refiner there
    is only ``student_teacher``.
    """
    results = []
    for layer, student_layer in views.pairs:
        teacher, student, projected = views.teacher[layer], views.student[student_layer], views.projected.get(layer)
        pair = {'student_teacher': _likeness(student, teacher, projected)}
        if layer in views.refined:
            refined = views.refined[layer]
            pair['student_refined'] = _likeness(student, refined, projected)
            pair['refined_teacher'] = _likeness(refined, teacher, refined)
        results.append(pair)
    return results


def layer_cka(views: PatchViews) -> Tensor:
    """Return the CKA of each teacher layer with each student layer, ``(teacher layers, student layers)``."""
    flat = [{layer: value.flatten(0, 1) for layer, value in one.items()} for one in (views.teacher, views.student)]
    return cka_matrix(*flat)


def _likeness(a: Tensor, b: Tensor, a_in_space_of_b: Tensor | None) -> Likeness:
    return Likeness(
        cka=linear_cka(a.flatten(0, 1), b.flatten(0, 1)),
        patch_cosine_correlation=float(patch_cosine_correlation(a, b).nanmean()),
        token_cosine=None if a_in_space_of_b is None else float(token_cosine(a_in_space_of_b, b).mean()),
        gram_distance=float(gram_distance(a, b).mean()),
    )


def linear_cka(features_a: Tensor, features_b: Tensor) -> float:
    """Return the linear CKA of two sets of features of the same samples (Kornblith et al. 2019, arXiv 1905.00414).

    CKA is ``HSIC(A, B) / sqrt(HSIC(A, A) HSIC(B, B))``: 1 for features that agree up to rotation, shift and one common
    scale, 0 for unrelated ones. HSIC is the unbiased estimate (Song et al. 2012; used for CKA by Nguyen et al. 2021,
    arXiv 2010.15327): the plain estimate is high for unrelated features with about as many channels as samples. An
    unbiased estimate may fall below 0.

    Features of large norm have more weight, as in every linear CKA: a few outlier tokens can decide it.

    Args:
        features_a: ``(n, p)``.
        features_b: ``(n, q)``.

    Returns:
        At most 1; nan if one of the two does not vary.

    Raises:
        ValueError: If the number of samples differs or is below 4.
    """
    return float(cka_matrix({0: features_a}, {0: features_b})[0, 0])


def cka_matrix(features_a: Mapping[int, Tensor], features_b: Mapping[int, Tensor]) -> Tensor:
    """Return :func:`linear_cka` of each layer of one network with each of another, ``(len(a), len(b))`` float64.

    Args:
        features_a: Layer -> ``(n, p)``.
        features_b: Layer -> ``(n, q)``, of the same samples.

    Raises:
        ValueError: As :func:`linear_cka`.
    """
    columns = [_standardized(value) for value in features_b.values()]
    own_b = torch.stack([_unbiased_hsic(value, value) for value in columns])
    rows = []
    for value in features_a.values():
        row = _standardized(value)
        cross = torch.stack([_unbiased_hsic(row, column) for column in columns])
        # a negative estimate of a network's HSIC with itself is noise around 0: nan, as 0 / 0 would be
        rows.append(cross / (_unbiased_hsic(row, row) * own_b).sqrt())
    return torch.stack(rows)


def _standardized(features: Tensor) -> Tensor:
    """Return ``(n, p)`` with every channel centred and mean squared row norm 1, so that float32 suffices for sums."""
    centred = at_least_float32(features)
    centred = centred - centred.mean(dim=0)
    scale = centred.square().sum(dim=1).mean().sqrt()
    return centred / scale if scale > 0 else centred


def _unbiased_hsic(a: Tensor, b: Tensor) -> Tensor:
    """Return ``n (n - 3)`` times the unbiased HSIC of centred ``a`` ``(n, p)`` and ``b`` ``(n, q)``, a float64 scalar.

    By channels instead of the ``(n, n)`` Gram matrices: their rows sum to 0, so the U-centred product of the matrices
    without diagonals becomes ``|A^T B|^2 - n / (n - 2) sum_i |a_i|^2 |b_i|^2 + sum_i |a_i|^2
    sum_i |b_i|^2 / ((n - 1)(n - 2))``.
    """
    number = len(a)
    if len(b) != number or number < MIN_SAMPLES:
        raise ValueError(f'CKA needs the same samples, at least {MIN_SAMPLES}: got {number} and {len(b)}.')
    norms_a, norms_b = (value.square().sum(dim=1).double() for value in (a, b))
    product = (a.T @ b).double().square().sum()
    diagonal = number / (number - 2) * (norms_a * norms_b).sum()
    return product - diagonal + norms_a.sum() * norms_b.sum() / ((number - 1) * (number - 2))


def gram_distance(patches_a: Tensor, patches_b: Tensor) -> Tensor:
    """Return the Frobenius norm of the difference of two patch-cosine matrices, of each image, ``(B,)``.

    The distance ``D_G`` of SiNGER's Table 5b, for which the authors give no formula; the matrices are those of
    ``L_info``. Divided by the number of patches, it is the root mean square of the change of a cosine.

    Args:
        patches_a: ``(B, N, C)``.
        patches_b: ``(B, N, C')``; the spaces may differ.
    """
    return (patch_cosine_gram(patches_a) - patch_cosine_gram(patches_b)).flatten(1).norm(dim=1)


def token_cosine(tokens_a: Tensor, tokens_b: Tensor) -> Tensor:
    """Return the mean cosine of each token ``(B, N, C)`` with its counterpart in the same space, ``(B,)``."""
    return F.cosine_similarity(at_least_float32(tokens_a), at_least_float32(tokens_b), dim=-1).mean(dim=1)
