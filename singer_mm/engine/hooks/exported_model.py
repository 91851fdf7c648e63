"""What the exporting hooks hand out: the weights of a training, or their average."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from .trained_state import bare_model


def exported_model(runner: Runner) -> tuple[Any, dict[str, str]]:
    """Return the model whose student is handed out, and what its provenance says of that.

    With MMEngine's EMAHook it is the average, as in the ``state_dict`` of the checkpoints.
    """
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            averaged = hook.ema_model
            return averaged.module, dict(weights=f'average over steps ({type(averaged).__name__})')
    return bare_model(runner), {}
