"""The tokens of one batch, with those that were guessed under a mask."""

from __future__ import annotations

from dataclasses import dataclass, fields

from torch import Tensor

from .features import DistillFeatures


@dataclass(frozen=True, kw_only=True)
class GeneratedFeatures(DistillFeatures):
    """What masked generation adds to :class:`DistillFeatures`.

    Attributes:
        generated: Patches of the last layer, ``(B, N, C)``, of which those under the mask were generated.
        mask: Which patches were hidden, boolean ``(B, N)``.
    """

    generated: Tensor
    mask: Tensor

    @classmethod
    def of(cls, features: DistillFeatures, generated: Tensor, mask: Tensor) -> GeneratedFeatures:
        """Return ``features`` with ``generated`` and ``mask``."""
        known = {field.name: getattr(features, field.name) for field in fields(DistillFeatures)}
        return cls(**known, generated=generated, mask=mask)
