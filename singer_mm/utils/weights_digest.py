"""A checksum of a set of weights."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor


def weights_digest(state_dict: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, shapes, dtypes and bytes, sorted by name, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name in sorted(state_dict):
        value = state_dict[name].detach().cpu().contiguous()
        digest.update(f'{name} {tuple(value.shape)} {value.dtype};'.encode())
        digest.update(value.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
