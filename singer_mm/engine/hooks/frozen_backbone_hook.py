"""Leave a frozen backbone out of the checkpoints of its heads."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.backbones import PrecomputedTokens, TokenBackbone
from singer_mm.registry import HOOKS
from singer_mm.utils.weights_digest import weights_digest

KEY = 'frozen_backbones'


@HOOKS.register_module()
class FrozenBackboneHook(Hook):
    """Leave frozen backbones out of checkpoints, and identify each by the digest of its weights.

    A checkpoint then holds the head, and ``meta['frozen_backbones']`` the digest of the backbone it was trained on.
    Loading it onto another backbone is refused, since the numbers would be silently wrong. A training that has changed
    a frozen weight ends with an error, before anything is evaluated.
    """

    priority = 'NORMAL'

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def before_run(self, runner: Runner) -> None:
        """Take the digests; training and testing begin with this call."""
        self._digests = self._measure(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Remove the frozen weights and note their digests."""
        for key in [key for key in checkpoint['state_dict'] if key.startswith(tuple(self._digests))]:
            del checkpoint['state_dict'][key]
        checkpoint['meta'][KEY] = self._digests

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Compare digests, and add the weights of the frozen backbones to the checkpoint.

        Raises:
            CheckpointError: If the head was trained on another backbone.
        """
        digests = self._digests or self._measure(runner)
        stored = checkpoint.get('meta', {}).get(KEY, {})
        for prefix in sorted({*digests, *stored}):
            if digests.get(prefix) != stored.get(prefix):
                raise CheckpointError(
                    f'the checkpoint belongs to the {prefix.rstrip(".")} with weights {_short(stored.get(prefix))}, '
                    f'but the config has {_short(digests.get(prefix))}; name the backbone it was trained on with '
                    '--backbone.'
                )
        current = bare_model(runner.model).state_dict()
        kept = {key: value for key, value in current.items() if key.startswith(tuple(digests))}
        checkpoint['state_dict'].update(kept)

    def after_train(self, runner: Runner) -> None:
        """Check that no frozen weight has changed.

        Raises:
            ConfigError: If it has.
        """
        for prefix, digest in self._measure(runner).items():
            if self._digests[prefix] != digest:
                raise ConfigError(
                    f'the frozen {prefix.rstrip(".")} has changed during training; nothing may write to its weights: '
                    'look for an optimizer or a hook (EMA, averaging) that does, and train again.'
                )

    def _measure(self, runner: Runner) -> dict[str, str]:
        digests = {}
        for name, module in bare_model(runner.model).named_modules():
            if isinstance(module, PrecomputedTokens):
                digests[f'{name}.'] = module.weights_digest
            elif isinstance(module, TokenBackbone) and module.frozen:
                digests[f'{name}.'] = weights_digest(module.state_dict())
        return digests


def _short(digest: str | None) -> str:
    return 'none (it was trained along)' if digest is None else digest[:12]
