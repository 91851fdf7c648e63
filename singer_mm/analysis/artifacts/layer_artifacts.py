"""The measurements of one layer of a teacher."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class LayerArtifacts:
    """Patch norms, outliers and the nullspace of the next block, for one layer and all images.

    Attributes:
        layer: The block, 0-based.
        next_block: The block of the linear map: the next one; for the last block, the same block.
        norms: Euclidean norms of the patch tokens, ``(B, h, w)``.
        outliers: Whether a patch is an outlier, ``(B, h, w)`` bool.
        singular_values: Of the linear map of ``next_block``, ``(C,)``, descending.
        outlier_energy: Energy of the outliers' deviation from the mean of the ordinary tokens of their image along
            each left singular vector of that map, ``(C,)``, in the order of ``singular_values``; 0 without outliers.
        ordinary_energy: The same of the ordinary tokens.
    """

    layer: int
    next_block: int
    norms: Array
    outliers: Array
    singular_values: Array
    outlier_energy: Array
    ordinary_energy: Array

    @property
    def relative_norms(self) -> Array:
        """Norms as multiples of the median of their image, ``(B, h, w)``."""
        return self.norms / np.median(self.norms, axis=(1, 2), keepdims=True)

    @property
    def ratio(self) -> float:
        """99th percentile of an image's norms over their median, mean over images."""
        return float(np.quantile(self.relative_norms, 0.99, axis=(1, 2)).mean())

    @property
    def share(self) -> float:
        """Share of the patches that are outliers."""
        return float(self.outliers.mean())

    def share_where(self, mask: Array) -> float:
        """Return the share of the outliers in ``mask``, which broadcasts to ``(B, h, w)``; nan without outliers."""
        if not self.outliers.any():
            return float('nan')
        return float((self.outliers & mask).sum() / self.outliers.sum())

    def gains(self) -> Array:
        """Return for each rank ``r = 1 ... C`` the gain of the next block's map on its nullspace, ``(C,)``.

        The gain is the RMS of the ``r`` smallest singular values over the RMS of all: the output length of a change
        inside the nullspace, relative to that of an equally long change in a random direction.
        """
        energy = self.singular_values[::-1] ** 2
        ranks = np.arange(1, energy.size + 1)
        gains: Array = np.sqrt(energy.cumsum() / ranks / energy.mean())
        return gains

    def inside(self) -> Array:
        """Return for each rank ``r = 1 ... C`` the share of the outlier energy in the nullspace, ``(C,)``.

        The nullspace of rank ``r`` is spanned by the ``r`` left singular vectors with the smallest singular values; a
        random subspace would hold ``r / C``. nan without outliers.
        """
        return _cumulative_share(self.outlier_energy)

    def ordinary_inside(self) -> Array:
        """Return for each rank the share of the ordinary tokens' energy in the nullspace, ``(C,)``."""
        return _cumulative_share(self.ordinary_energy)


def _cumulative_share(energy: Array) -> Array:
    total = energy.sum()
    if total == 0:
        return np.full(energy.size, np.nan)
    shares: Array = energy[::-1].cumsum() / total
    return shares
