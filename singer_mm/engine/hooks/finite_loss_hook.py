"""Stop a training at the first loss that is NaN or infinite."""

from typing import Any

import torch
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.errors import NonFiniteLossError
from singer_mm.registry import HOOKS


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop all processes at the first loss that is not finite, and name the images of the processes that found it.

    :class:`FiniteStateHook` finds what finite losses hide: weights and optimizer states that are not finite.

    Raises:
        NonFiniteLossError: During training, in all processes together.
    """

    # Before CheckpointHook, so that no checkpoint is written after a step whose loss is not finite.
    priority = 'NORMAL'

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Check the losses."""
        outputs = outputs or {}
        broken = _not_finite(outputs)
        if not broken:
            return
        # The outputs are means over all processes, so all processes reach this line if one of them found NaN.
        own = getattr(runner.train_loop, 'own_logs', outputs)
        paths = [getattr(sample, 'img_path', 'without a path') for sample in data_batch['data_samples']]
        found = all_gather_object((bool(_not_finite(own)), paths))
        culprits = [rank for rank, (is_broken, _) in enumerate(found) if is_broken] or list(range(len(found)))
        places = [
            f'{", ".join(found[rank][1])}' + (f' (process {rank} of {len(found)})' if len(found) > 1 else '')
            for rank in culprits
        ]
        advice = 'Lower the learning rate, or look at these images.'
        if runner.iter == 0:
            advice = 'No step had been taken, so look at these images, and at the weights that the config loads.'
        raise NonFiniteLossError(
            f'{"; ".join(broken)} at iteration {runner.iter + 1}, on the images {"; ".join(places)}. {advice}'
        )


def _not_finite(values: dict[str, Any]) -> list[str]:
    tensors = {name: torch.as_tensor(value).detach() for name, value in values.items()}
    return [f'{name} = {value.item()}' for name, value in tensors.items() if not value.isfinite()]
