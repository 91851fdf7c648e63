"""Stop a training whose weights or optimizer have become NaN or infinite, before it writes them."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.engine.loops.shared_sums import SharedSums
from singer_mm.errors import NonFiniteWeightsError
from singer_mm.models.heads.sweep import may_have_diverged
from singer_mm.registry import HOOKS
from singer_mm.utils.weight_kinds import non_finite

from .trained_state import TrainedState

BROKEN = 'a state that is not finite'
UNTOUCHED = 'checkpoints and student files written before are untouched'


@HOOKS.register_module()
class FiniteStateHook(Hook):
    """Check after each step that weights, buffers and optimizer states are finite (:class:`TrainedState`).

    A gradient of 1e20 leaves an infinite second moment in Adam and a weight that never changes again, without any NaN.
    The processes exchange their results with the losses, so all stop if the state of one is broken. The content of a
    checkpoint, with the averages of MMEngine's EMAHook, is checked again before it is written.
    :class:`SafeRunner` registers this hook for every training.

    Raises:
        NonFiniteWeightsError: During training, in all processes together; when a checkpoint is written, in the main
            process.
    """

    # After FiniteLossHook, which knows the images of a loss that is not finite; before CheckpointHook.
    priority = 'BELOW_NORMAL'

    def __init__(self) -> None:
        self._state: TrainedState | None = None
        self._broken: list[str] = []

    def before_train(self, runner: Runner) -> None:
        """Register what the processes exchange."""
        self._state = TrainedState(runner)
        SharedSums.of(runner).add(BROKEN, self._look)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Stop all processes if the state of one is broken."""
        processes = SharedSums.of(runner).get(BROKEN, runner.iter)
        if processes == 0:
            return
        where = f'first in {self._broken[0]}' if self._broken else 'those of another process'
        raise NonFiniteWeightsError(
            f'weights or the moments of the optimizer hold NaN or infinity after iteration {runner.iter + 1} in '
            f'{int(processes)} process(es): {where}; {UNTOUCHED}.'
        )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Check what will be written (MMEngine calls this in the main process only)."""
        model = bare_model(runner.model)
        broken = self._state.broken() if self._state is not None else []
        for key, prefix in (('state_dict', ''), ('ema_state_dict', 'module.')):
            weights = {name.removeprefix(prefix): value for name, value in checkpoint.get(key, {}).items()}
            found = non_finite(weights.items())
            spared = may_have_diverged(model, weights, found)
            broken += [f'{key}.{name}' for name in found if not name.startswith(spared)]
        if broken:
            raise NonFiniteWeightsError(
                f'no checkpoint was written at iteration {checkpoint["meta"]["iter"]}, since NaN or infinity would '
                f'stand at {broken[0]}; {UNTOUCHED}.'
            )

    def _look(self) -> float:
        assert self._state is not None  # the training has begun
        self._broken = self._state.broken()
        return float(bool(self._broken))
