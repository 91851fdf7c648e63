"""The tokens of one batch, with those that were generated under a mask."""

from dataclasses import dataclass

from torch import Tensor

from .distill_features import DistillFeatures


@dataclass(frozen=True, kw_only=True)
class GeneratedFeatures(DistillFeatures):
    """What masked generation adds to :class:`DistillFeatures`.

    Attributes:
        generated: Patches of the last layer, ``(B, N, C)``; those under the mask were generated.
        mask: Which patches were hidden, boolean ``(B, N)``.
    """

    generated: Tensor
    mask: Tensor
