"""What the exporting hooks hand out: the weights of a training, or their average, if they are finite."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import Tensor, nn

from singer_mm.engine.loops.shared_sums import SharedSums
from singer_mm.errors import NonFiniteWeightsError
from singer_mm.utils.weight_kinds import non_finite

BROKEN = 'weights that are not finite'


def bare_model(runner: Runner) -> Any:
    """Return the model in training, without the wrapper for several processes."""
    return runner.model.module if is_model_wrapper(runner.model) else runner.model


def exported_model(runner: Runner) -> tuple[Any, dict[str, str]]:
    """Return the model whose student is handed out, and what its provenance says of that.

    With MMEngine's EMAHook it is the average, as in the ``state_dict`` of the checkpoints.
    """
    for hook in runner.hooks:
        if isinstance(hook, EMAHook):
            averaged = hook.ema_model
            return averaged.module, dict(weights=f'average over steps ({type(averaged).__name__})')
    return bare_model(runner), {}


def watch_weights(runner: Runner) -> None:
    """Let all processes tell each other in every iteration whether their weights are finite."""
    trained = [value for value in bare_model(runner).parameters() if value.requires_grad]
    SharedSums.of(runner).add(BROKEN, lambda: float(not _finite(trained)))


def refuse_broken_weights(runner: Runner) -> None:
    """Stop all processes together if the weights of one are not finite; to be called in ``after_train_iter``.

    Raises:
        NonFiniteWeightsError: In every process.
    """
    processes = SharedSums.of(runner).get(BROKEN, runner.iter)
    if processes == 0:
        return
    name = non_finite(bare_model(runner).named_parameters())
    where = f'{name} and perhaps others' if name else 'those of another process'
    raise NonFiniteWeightsError(
        f'weights hold NaN or infinity after iteration {runner.iter + 1} in {int(processes)} process(es): {where}; '
        'checkpoints and student files written before are untouched.'
    )


@torch.no_grad()
def _finite(parameters: list[nn.Parameter]) -> bool:
    # Norms, since one fused operation finds them all; NaN and infinity pass through sums of squares.
    norms: list[Tensor] = list(torch._foreach_norm([value.detach() for value in parameters])) if parameters else []
    return not norms or bool(torch.stack([norm.float() for norm in norms]).isfinite().all())
