"""One learning rate for each head of a sweep."""

from typing import Any

from mmengine.optim import OptimWrapper
from torch import nn

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.models.heads.sweep import find_sweep
from singer_mm.registry import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS, OPTIMIZERS


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class SweepOptimWrapperConstructor:
    """Give every candidate of a :class:`SweepMixin` a parameter group with its own learning rate.

    One optimizer then works as one optimizer for each: SGD and Adam(W) treat every parameter by itself.
    ``auto_scale_lr=dict(enable=True, base_batch_size=256)`` scales the rates by the total batch size over 256, as
    DINOv2 does. Schedulers change each rate.

    Args:
        optim_wrapper_cfg: ``optimizer`` without ``lr``, and arguments of the wrapper.
        paramwise_cfg: Refused; MMEngine passes it to every constructor.

    Raises:
        ConfigError: If a setting would treat the heads as one model.
    """

    def __init__(self, optim_wrapper_cfg: dict[str, Any], paramwise_cfg: dict[str, Any] | None = None) -> None:
        if paramwise_cfg:
            raise ConfigError(f'a sweep takes no paramwise_cfg, but got {sorted(paramwise_cfg)}; remove it.')
        if optim_wrapper_cfg.get('clip_grad') is not None:
            raise ConfigError(
                'optim_wrapper.clip_grad clips by the norm over all heads of a sweep, so that one would slow down the '
                'others; use type=GroupClipOptimWrapper with max_norm instead.'
            )
        wrapper = dict(optim_wrapper_cfg)
        self.optimizer_cfg = dict(wrapper.pop('optimizer'))
        self.wrapper_cfg = {'type': 'OptimWrapper', **wrapper}
        if 'lr' in self.optimizer_cfg:
            raise ConfigError('optimizer.lr has no meaning in a sweep; remove it: the head lists the learning rates.')

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the optimizer wrapper of ``model``.

        Raises:
            ConfigError: If a parameter outside of the heads of one sweep would be trained.
        """
        inner = bare_model(model)
        sweep = find_sweep(inner)
        swept = {id(parameter) for parameter in sweep.heads.parameters()}
        for name, parameter in inner.named_parameters():
            if parameter.requires_grad and id(parameter) not in swept:
                raise ConfigError(
                    f'a sweep trains its heads only, but {name} would be trained too; freeze the backbone.'
                )
        rates = sweep.learning_rates
        groups = [dict(params=list(head.parameters()), lr=rates[name]) for name, head in sweep.heads.items()]
        optimizer = OPTIMIZERS.build({**self.optimizer_cfg, 'params': groups})
        return OPTIM_WRAPPERS.build({**self.wrapper_cfg, 'optimizer': optimizer})
