"""The model in training, without the wrapper for several processes."""

from typing import Any

from mmengine.model import is_model_wrapper
from torch import nn


def bare_model(model: nn.Module) -> Any:
    """Return ``model`` itself, or what MMEngine's wrapper for several processes (DDP) holds."""
    return model.module if is_model_wrapper(model) else model
