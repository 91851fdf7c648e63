"""Tokens in the shape that a head needs."""

import torch
from torch import Tensor

VECTOR_TYPES = ('cls_token', 'avg_patch', 'cls_and_avg')
MAP_TYPES = ('feat_map', 'cls_and_map')
OUT_TYPES = (*VECTOR_TYPES, *MAP_TYPES, 'tokens')
CLS_TYPES = ('cls_token', 'cls_and_avg', 'cls_and_map')
"""The types that read the CLS token; some networks have none (SigLIP)."""


def format_tokens(tokens: Tensor, out_type: str, num_prefix_tokens: int, grid: tuple[int, int]) -> Tensor:
    """Return ``tokens`` ``(B, P+N, C)`` in the shape of ``out_type``.

    Args:
        tokens: ``P`` prefix tokens, the CLS token first, then ``N`` patch tokens.
        out_type: ``tokens`` (B, P+N, C), ``cls_token`` (B, C), ``avg_patch`` (B, C), ``cls_and_avg`` (B, 2, C),
            ``feat_map`` (B, C, h, w), or ``cls_and_map`` (B, 2C, h, w).
        num_prefix_tokens: ``P``.
        grid: Rows ``h`` and columns ``w`` of the patches; ``h * w == N``.
    """
    if out_type == 'tokens':
        return tokens
    cls_token, patches = tokens[:, 0], tokens[:, num_prefix_tokens:]
    if out_type == 'cls_token':
        return cls_token
    if out_type == 'avg_patch':
        return patches.mean(dim=1)
    if out_type == 'cls_and_avg':
        return torch.stack([cls_token, patches.mean(dim=1)], dim=1)
    if out_type == 'cls_and_map':
        patches = torch.cat([patches, cls_token[:, None].expand_as(patches)], dim=-1)
    return patches.transpose(1, 2).unflatten(2, grid).contiguous()
