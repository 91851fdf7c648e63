"""The numbers of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from singer_mm.evaluation.similarity.patch_similarity import patch_cosine_correlation


def summarize_losses(losses: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, float]]:
    """Return first value, last value and the mean of the last tenth, which is less noisy, of each loss ``(T,)``."""
    return {
        name: {
            'first': float(values[0]),
            'last': float(values[-1]),
            'mean_of_last_tenth': float(values[-max(1, len(values) // 10) :].mean()),
        }
        for name, values in losses.items()
    }


def summarize_correlations(patches: Mapping[str, Tensor], photographs: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the correlation of the patch cosines of each model with those of the teacher.

    Args:
        patches: Model to patch tokens ``(B, N, C)``; one of them is ``teacher``.
        photographs: Their names.

    Returns:
        Model to ``mean``, and each photograph to its correlation.
    """
    table = {}
    for name, tokens in patches.items():
        if name != 'teacher':
            values = patch_cosine_correlation(tokens, patches['teacher'])
            table[name] = {'mean': float(values.mean()), **dict(zip(photographs, values.tolist(), strict=True))}
    return table
