"""Exit with 0 where the training device multiplies in bfloat16 itself: emulated, it is slower than float32."""

from __future__ import annotations

import sys
from pathlib import Path

import torch


def has_bf16() -> bool:
    """Tell whether the GPU, or without one the CPU, has bfloat16 instructions."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_capability() >= (8, 0)
    # x86 names them among its flags, ARM among its features.
    return not {'avx512_bf16', 'amx_bf16', 'bf16'}.isdisjoint(Path('/proc/cpuinfo').read_text().split())


if __name__ == '__main__':
    sys.exit(not has_bf16())
