"""Whether a backbone from a file gets the images that the file says it was trained on."""

from __future__ import annotations

from torch import nn

from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.data_preprocessors.input_statistics import input_statistics


def check_inputs(model: nn.Module) -> None:
    """Compare the statistics of a task model's data preprocessor with those that the file of its backbone tells.

    Distillers check their networks themselves; a backbone whose file tells nothing takes whatever the config gives it.

    Raises:
        ConfigError: If they differ.
    """
    backbone = getattr(model, 'backbone', None)
    if isinstance(backbone, TokenBackbone) and backbone.normalization_file is not None:
        backbone.use_normalization(*input_statistics(getattr(model, 'data_preprocessor', None)))
