"""What a data preprocessor makes of images, as statistics of a network's input."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from singer_mm.errors import ConfigError

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each channel, for images in [0, 1]."""


def input_statistics(preprocessor: Any) -> Statistics:
    """Return the statistics by which a data preprocessor of MMEngine or its libraries normalises images.

    Without a mean of its own it leaves images in [0, 255], which is a mean of 0 and a deviation of 1/255.

    Raises:
        ConfigError: If it is of another kind, so that nobody can tell what the network gets.
    """
    enabled = getattr(preprocessor, '_enable_normalize', None)
    if enabled is None:
        raise ConfigError(
            f'data_preprocessor is a {type(preprocessor).__name__}, which does not tell its mean and std; allowed: '
            'ImgDataPreprocessor, ClsDataPreprocessor, SegDataPreProcessor, DetDataPreprocessor, or a class of theirs.'
        )
    if not enabled:
        return (0.0,) * 3, (1 / 255,) * 3
    return _per_channel(preprocessor.mean), _per_channel(preprocessor.std)


def _per_channel(values: Tensor) -> tuple[float, ...]:
    # They are float32; seven digits of 123.675 / 255 are 0.485.
    exact = [float(f'{value / 255:.7g}') for value in values.flatten().tolist()]
    return tuple(exact * 3 if len(exact) == 1 else exact)
