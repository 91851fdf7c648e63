"""Exit with 0 if the training device has bfloat16 instructions; emulated bfloat16 is slower than float32."""

import sys
from pathlib import Path

import torch


def has_bf16() -> bool:
    """Return whether the GPU, or the CPU if there is no GPU, has bfloat16 instructions."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_capability() >= (8, 0)
    # x86 lists them as flags, ARM as features.
    return not {'avx512_bf16', 'amx_bf16', 'bf16'}.isdisjoint(Path('/proc/cpuinfo').read_text().split())


if __name__ == '__main__':
    sys.exit(not has_bf16())
