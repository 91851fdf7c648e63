"""Bilinearly enlarged logits, a few rows at a time, since whole maps of 150 classes or 256 bins fill the memory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

# Values in a block of rows: as many as fit into a CPU core's cache; an accelerator is faster with large blocks.
CPU_BLOCK = 2**19
DEVICE_BLOCK = 2**26

# Logits further below the largest are raised to this. float32 loses a share of 1e-26 anyway, but smaller shares become
# denormal numbers, which make a CPU four times as slow.
FLOOR = -60.0


def bilinear_matrix(source: int, target: int, like: Tensor) -> Tensor:
    """Return ``(target, source)``, which enlarges one axis as ``F.interpolate(align_corners=False)`` does."""
    identity = torch.eye(source, dtype=like.dtype, device=like.device)[None]
    return F.interpolate(identity, size=target, mode='linear', align_corners=False)[0].T.contiguous()


def without_autocast(values: Tensor) -> AbstractContextManager[None]:
    """Return a context without autocast on the device of ``values``: the enlargement needs their full precision."""
    return torch.autocast(values.device.type, enabled=False)


def enlarged_rows(logits: Tensor, size: tuple[int, int]) -> Iterator[tuple[slice, Tensor]]:
    """Yield the rows of one enlarged image, in blocks, classes last.

    Args:
        logits: ``(K, h, w)``.
        size: Height and width after enlargement.

    Yields:
        The rows of the block, and its logits ``(rows, width, K)``.
    """
    classes, height, width = logits.shape
    with without_autocast(logits):
        vertical = bilinear_matrix(height, size[0], logits)
        wide = bilinear_matrix(width, size[1], logits) @ logits.permute(1, 2, 0)
    for rows in _blocks(size, classes, logits.device):
        with without_autocast(logits):  # not around the yield, which would disable it for the caller
            block = (vertical[rows] @ wide.flatten(1)).unflatten(1, (size[1], classes))
        yield rows, block


def upsampled_cross_entropy(
    logits: Tensor, labels: Tensor, ignore_index: int = 255, count: Tensor | None = None
) -> Tensor:
    """Return the cross-entropy of logits that are enlarged to the size of the labels, averaged over labelled pixels.

    Equal to ``F.cross_entropy(F.interpolate(logits, labels.shape[-2:], mode='bilinear'), labels, ignore_index=...)``,
    and 0 instead of NaN when no pixel is labelled. Enlargement, softmax and their gradient go through cache-sized
    blocks once, in the forward pass: on a CPU four times as fast, and the memory of one block.

    Args:
        logits: ``(B, K, h, w)``; converted to float32, under autocast as well.
        labels: ``(B, H, W)`` integers in ``[0, K)``, or ``ignore_index``.
        ignore_index: Label of the pixels to ignore.
        count: Divisor of the sum over pixels; default: the number of labelled pixels.
    """
    with without_autocast(logits):
        loss: Tensor = _UpsampledCrossEntropy.apply(logits, labels, ignore_index, count)
    return loss


def _blocks(size: tuple[int, int], classes: int, device: torch.device) -> Iterator[slice]:
    height, width = size
    rows = max(1, (CPU_BLOCK if device.type == 'cpu' else DEVICE_BLOCK) // (width * classes))
    for start in range(0, height, rows):
        yield slice(start, min(start + rows, height))


class _UpsampledCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor, labels: Tensor, ignore_index: int, count: Tensor | None) -> Tensor:
        values = logits.float()
        batch, classes, height, width = values.shape
        size = (labels.shape[1], labels.shape[2])
        vertical, horizontal = bilinear_matrix(height, size[0], values), bilinear_matrix(width, size[1], values)

        labelled = labels != ignore_index
        labels = labels.where(labelled, 0)
        weight = 1.0 / (labelled.sum() if count is None else count).to(values).clamp(min=1e-6)
        loss = values.new_zeros(())
        gradient = torch.empty_like(values)
        for image in range(batch):
            wide_gradient = values.new_zeros(height, size[1] * classes)
            for rows, block in enlarged_rows(values[image], size):
                scores = block.flatten(0, 1)
                target = labels[image, rows].reshape(-1, 1)
                weights = weight * labelled[image, rows].reshape(-1, 1)
                # In place from here on: the block becomes the softmax, then its own gradient.
                scores -= scores.amax(dim=1, keepdim=True)
                picked = scores.gather(1, target)
                total = scores.clamp_(min=FLOOR).exp_().sum(dim=1, keepdim=True)
                loss += ((total.log() - picked) * weights).sum()
                scores *= weights / total
                scores.scatter_add_(1, target, -weights)
                wide_gradient.addmm_(vertical[rows].T, scores.view(-1, size[1] * classes))
            gradient[image] = (horizontal.T @ wide_gradient.view(height, size[1], classes)).permute(2, 0, 1)
        ctx.save_for_backward(gradient.to(logits.dtype))
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * outer, None, None, None
