"""The state that a training changes, and whether it is finite."""

from collections.abc import Iterator

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import Tensor, nn

from singer_mm.engine.bare_model import bare_model
from singer_mm.models.heads.sweep import may_have_diverged
from singer_mm.utils.weight_kinds import are_finite


class TrainedState:
    """The trained weights of a run, the buffers in its checkpoints, and the optimizer's states of the weights.

    Candidates of a sweep may diverge (:func:`may_have_diverged`).

    Args:
        runner: A Runner whose model and optimizer are built.
    """

    def __init__(self, runner: Runner) -> None:
        self._model: nn.Module = bare_model(runner.model)
        wrapper = runner.optim_wrapper
        parts = wrapper.values() if isinstance(wrapper, OptimWrapperDict) else [wrapper]
        self._optimizers = [part.optimizer for part in parts if isinstance(part, OptimWrapper)]
        stored = self._model.state_dict().keys()
        trained = [(name, value) for name, value in self._model.named_parameters() if value.requires_grad]
        buffers = [(name, value) for name, value in self._model.named_buffers() if name in stored]
        self._weights: list[tuple[str, Tensor]] = trained + buffers
        self._names = {value: name for name, value in self._model.named_parameters()}

    def broken(self) -> list[str]:
        """Return the names of all tensors that hold NaN or infinity, except those that may."""
        named = [(owner, text, value) for owner, text, value in self._tensors() if value.is_floating_point()]
        finite = are_finite([value for _, _, value in named])
        found = [(owner, text) for (owner, text, _), is_finite in zip(named, finite, strict=True) if not is_finite]
        if not found:
            return []
        spared = may_have_diverged(self._model, self._model.state_dict(), [owner for owner, _ in found])
        return [text for owner, text in found if not owner.startswith(spared)]

    def _tensors(self) -> Iterator[tuple[str, str, Tensor]]:
        """Yield the name of the weight that a tensor is or belongs to, the name of the tensor, and the tensor."""
        for name, value in self._weights:
            yield name, name, value
        for optimizer in self._optimizers:
            for weight, state in optimizer.state.items():
                owner = self._names.get(weight, 'a weight outside of the model')
                for key, value in state.items():
                    # Step counters may be on the CPU; a check of them would have to wait for the device.
                    if isinstance(value, Tensor) and value.device == weight.device:
                        yield owner, f'{key} of {owner} in the optimizer', value
