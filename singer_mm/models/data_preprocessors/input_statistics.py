"""Statistics of a network's input, from its data preprocessor."""

from typing import Any

import torch
from torch import Tensor

from singer_mm.errors import ConfigError

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel, for images in [0, 1]."""


def input_statistics(preprocessor: Any) -> Statistics:
    """Return the statistics by which a data preprocessor of MMEngine or its libraries normalises images.

    A preprocessor without a mean leaves images in [0, 255]; this is a mean of 0 and a standard deviation of 1/255.

    Raises:
        ConfigError: If the preprocessor is of another kind, so that the network's input is unknown.
    """
    enabled = getattr(preprocessor, '_enable_normalize', None)
    if enabled is None:
        raise ConfigError(
            f'data_preprocessor is a {type(preprocessor).__name__}, whose mean and std are unknown; allowed: '
            'ImgDataPreprocessor, ClsDataPreprocessor, SegDataPreProcessor, DetDataPreprocessor, or a subclass.'
        )
    if not enabled:
        return (0.0,) * 3, (1 / 255,) * 3
    return _per_channel(preprocessor.mean), _per_channel(preprocessor.std)


def _per_channel(values: Tensor) -> tuple[float, ...]:
    # The values are float32: rounded to seven digits, 123.675 / 255 is 0.485.
    exact = [float(f'{value / 255:.7g}') for value in values.flatten().tolist()]
    return tuple(exact * 3 if len(exact) == 1 else exact)


def renormalize(images: Tensor, source: Statistics, target: Statistics) -> Tensor:
    """Return ``images`` ``(B, 3, H, W)``, normalised by ``source``, as ``target`` normalises them.

    The same object is returned if the statistics are equal.
    """
    if tuple(map(tuple, source)) == tuple(map(tuple, target)):
        return images
    (mean, std), (new_mean, new_std) = (
        [torch.tensor(values, dtype=torch.float32).view(3, 1, 1) for values in statistics]
        for statistics in (source, target)
    )
    return images * (std / new_std).to(images) + ((mean - new_mean) / new_std).to(images)
