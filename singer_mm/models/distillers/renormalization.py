"""One batch of images for networks that were made for different input statistics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from singer_mm.models.data_preprocessors.input_statistics import Statistics


@dataclass(frozen=True)
class Renormalization:
    """An affine map of each channel, from images normalised by ``source`` to images normalised by ``target``."""

    source: Statistics
    target: Statistics

    def __call__(self, images: Tensor) -> Tensor:
        """Return ``images`` ``(B, 3, H, W)`` normalised anew; the same object where nothing changes."""
        if tuple(map(tuple, self.source)) == tuple(map(tuple, self.target)):
            return images
        (mean, std), (new_mean, new_std) = (
            [torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in statistics]
            for statistics in (self.source, self.target)
        )
        return images * (std / new_std).to(images) + ((mean - new_mean) / new_std).to(images)
