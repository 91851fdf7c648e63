"""A run in numbers."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import mmengine
import timm
import torch
from numpy.typing import NDArray
from torch import Tensor

from singer_mm.version import __version__
from singer_mm.visualization import patch_cosine_correlation


def summarize_losses(losses: Mapping[str, NDArray[Any]]) -> dict[str, dict[str, float]]:
    """Return for each loss ``(T,)`` its first and last value, and the mean of the last tenth, which is less noisy."""
    return {
        name: {
            'first': float(values[0]),
            'last': float(values[-1]),
            'mean_of_last_tenth': float(values[-max(1, len(values) // 10) :].mean()),
        }
        for name, values in losses.items()
    }


def summarize_correlations(patches: Mapping[str, Tensor], photographs: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return how alike each model and the teacher see the photographs.

    Args:
        patches: Model to patch tokens ``(B, N, C)``; one of them is ``teacher``.
        photographs: Their names.

    Returns:
        Model to ``mean`` and to the correlation for each photograph.
    """
    table = {}
    for name, tokens in patches.items():
        if name != 'teacher':
            values = patch_cosine_correlation(tokens, patches['teacher'])
            table[name] = {'mean': float(values.mean()), **dict(zip(photographs, values.tolist(), strict=True))}
    return table


def describe_machine() -> str:
    """Return the accelerator, or the kind and number of CPU cores; no host name."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'{os.cpu_count()} CPU cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}'


def versions() -> dict[str, str]:
    """Return the versions of what computes the numbers."""
    return {
        'singer_mm': __version__,
        'torch': torch.__version__,
        'timm': timm.__version__,
        'mmengine': mmengine.__version__,
        'python': platform.python_version(),
    }
