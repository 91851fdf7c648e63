"""What computed a number: the commit, the machine, and the versions of the libraries."""

import os
import platform
import subprocess
from pathlib import Path

import mmengine
import timm
import torch

from singer_mm.version import __version__


def describe_machine() -> str:
    """Return the GPU, or the number and kind of CPU cores; no host name."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f'{os.cpu_count()} CPU cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}'


def git_commit() -> str:
    """Return the commit of this checkout, with ``-dirty`` if files differ from it; ``unknown`` outside a checkout."""
    command = ['git', 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']
    try:
        result = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 'unknown'
    return result.stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of singer_mm, Python, and the libraries that compute."""
    return {
        'singer_mm': __version__,
        'torch': torch.__version__,
        'timm': timm.__version__,
        'mmengine': mmengine.__version__,
        'python': platform.python_version(),
    }
