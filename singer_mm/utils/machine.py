"""What computed a number: the machine, and the versions of the libraries."""

from __future__ import annotations

import os
import platform

import mmengine
import timm
import torch

from singer_mm.version import __version__


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
