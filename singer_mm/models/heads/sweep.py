"""Many heads over one backbone: the task-independent part of a sweep."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import ModuleDict
from torch import Tensor, nn

from singer_mm.errors import ConfigError


class SweepMixin(nn.Module):
    """A head that trains many ordinary heads ("candidates") at once and predicts with the chosen one.

    It trains the sum of the candidates' losses. They share no parameter, so each candidate gets only the gradient of
    its own loss and trains as it would alone. :class:`SweepOptimWrapperConstructor` sets each learning rate;
    :class:`SweepHook` compares the candidates on held-out data and calls :meth:`choose`. The choice is a buffer, hence
    part of the checkpoint. After DINOv2's linear evaluation (``dinov2/eval/linear.py``).

    A head of a library inherits from it and calls :meth:`set_candidates` in its constructor, :meth:`sum_losses` in
    ``loss`` and :attr:`chosen_head` in ``predict``.

    Attributes:
        heads: Name to candidate.
        learning_rates: Name to learning rate, before any scaling.
        settings: Name to the other settings of the candidate (``blocks``, ``avgpool``), for the report.
        chosen: Index of the chosen candidate, -1 until one is chosen.
    """

    heads: ModuleDict
    learning_rates: dict[str, float]
    settings: dict[str, dict[str, Any]]
    chosen: Tensor

    def set_candidates(
        self,
        heads: Mapping[str, nn.Module],
        learning_rates: Mapping[str, float],
        settings: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        """Set the candidates; call it once, after ``nn.Module.__init__``.

        Raises:
            ConfigError: If there is no candidate, or one has no learning rate.
        """
        if not heads or set(heads) != set(learning_rates):
            raise ConfigError(
                f'a sweep needs a learning rate for each of its heads, at least one; heads: {", ".join(heads)}; '
                f'learning rates: {", ".join(learning_rates)}.'
            )
        # MMEngine's ModuleDict, since `init_weights` does not reach the modules inside torch's.
        self.heads = ModuleDict(dict(heads))
        self.learning_rates = dict(learning_rates)
        self.settings = {name: dict((settings or {}).get(name, {})) for name in heads}
        self.register_buffer('chosen', torch.tensor(-1))

    def choose(self, name: str) -> None:
        """Predict with candidate ``name`` from now on.

        Raises:
            ConfigError: If there is no such candidate.
        """
        names = list(self.heads)
        if name not in names:
            raise ConfigError(f'the sweep has no head {name!r}; allowed: {", ".join(names)}.')
        self.chosen.fill_(names.index(name))

    @property
    def chosen_name(self) -> str:
        """Name of the chosen candidate.

        Raises:
            ConfigError: If none was chosen yet.
        """
        index = int(self.chosen)
        if index < 0:
            raise ConfigError(
                f'none of the {len(self.heads)} heads of the sweep was chosen yet; SweepHook does so at the end of '
                'training: train to the last epoch, or call choose(name).'
            )
        return list(self.heads)[index]

    @property
    def chosen_head(self) -> Any:
        """The chosen candidate; raises what :attr:`chosen_name` does."""
        return self.heads[self.chosen_name]

    def sum_losses(self, losses: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """Return the candidates' losses as one entry, ``loss``.

        Args:
            losses: Name of the candidate to the result of its own ``loss``. As in MMEngine, only entries whose key
                contains ``loss`` are summed; the others (accuracies) are ignored.
        """
        terms = [value.mean() for entries in losses.values() for key, value in entries.items() if 'loss' in key]
        return {'loss': torch.stack(terms).sum()}


def candidate_name(learning_rate: float, **settings: Any) -> str:
    """Return a name such as ``blocks_4_avgpool_True_lr_0_005`` (module names cannot hold a dot)."""
    parts = [f'{key}_{value}' for key, value in settings.items()]
    return '_'.join([*parts, f'lr_{learning_rate:g}']).replace('.', '_')


def find_sweep(model: nn.Module) -> SweepMixin:
    """Return the sweep inside ``model``.

    Raises:
        ConfigError: If there is none, or more than one.
    """
    sweeps = [module for module in model.modules() if isinstance(module, SweepMixin)]
    if len(sweeps) != 1:
        raise ConfigError(f'{type(model).__name__} holds {len(sweeps)} sweeps; it needs one head such as SweepClsHead.')
    return sweeps[0]


def may_have_diverged(model: nn.Module, state_dict: Mapping[str, Tensor], broken: Sequence[str]) -> tuple[str, ...]:
    """Return the name prefixes of weights that may hold NaN: those of candidates that a sweep does not need.

    A sweep tries learning rates to find those that are too high, so a diverged candidate is a valid result. Before the
    choice, at least one candidate must be finite; afterwards, the chosen one must be.

    Args:
        model: Any model, with or without sweeps.
        state_dict: Its weights, or those of a file; they contain the choice.
        broken: The names of the weights that hold NaN or infinity.
    """
    spared: list[str] = []
    for path, module in model.named_modules():
        if not isinstance(module, SweepMixin):
            continue
        start = f'{path}.' if path else ''
        candidates = [f'{start}heads.{name}.' for name in module.heads]
        chosen = int(state_dict.get(f'{start}chosen', -1))
        if 0 <= chosen < len(candidates):
            spared += [prefix for index, prefix in enumerate(candidates) if index != chosen]
        elif not all(any(name.startswith(prefix) for name in broken) for prefix in candidates):
            spared += candidates
    return tuple(spared)
