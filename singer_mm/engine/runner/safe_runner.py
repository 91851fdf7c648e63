"""MMEngine's Runner with checkpoints that can be trusted."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.dist import master_only
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import nn

from singer_mm.errors import CheckpointError
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import atomic_path, load_checkpoint
from singer_mm.utils.random_state import derive_seed


@RUNNERS.register_module()
class SafeRunner(Runner):
    """A Runner that writes checkpoints whole or not at all, and reads them without executing them.

    MMEngine 0.10 writes in place, so that a full disk leaves half a file, and reads with ``weights_only=False``
    where the safe way fails (OneDL) or not at all under torch 2.6 and newer (upstream 0.10.7).
    """

    def _init_model_weights(self) -> None:
        """Initialise the model with randomness of its own.

        A head then begins alike over a backbone and over that backbone's cached features, although building the
        backbone draws random numbers.
        """
        torch.manual_seed(derive_seed(self.seed))
        super()._init_model_weights()

    def wrap_model(self, model_wrapper_cfg: dict[str, Any] | None, model: nn.Module) -> nn.Module:
        """Wrap the model for several processes, without a GPU or without anything to train as well.

        MMEngine 0.10 hands gloo a GPU's number, and torch's wrapper refuses a model without trainable parameters,
        such as kNN's; the metrics gather what the processes found themselves.
        """
        if self.distributed and not any(parameter.requires_grad for parameter in model.parameters()):
            return model.to(get_device())
        if self.distributed and model_wrapper_cfg is None and not torch.cuda.is_available():
            model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
        return super().wrap_model(model_wrapper_cfg, model)

    @master_only
    def save_checkpoint(self, out_dir: str, filename: str, *args: Any, **kwargs: Any) -> None:
        """Write ``out_dir/filename`` under a temporary name, then rename it.

        Raises:
            CheckpointError: If the disk refuses the file; the checkpoints written before are untouched.
        """
        with atomic_path(os.path.join(out_dir, filename)) as temporary:
            super().save_checkpoint(str(temporary.parent), temporary.name, *args, **kwargs)

    def load_checkpoint(
        self,
        filename: str,
        map_location: str | Callable[..., Any] = 'cpu',
        strict: bool = True,
        revise_keys: Any = None,
    ) -> dict[str, Any]:
        """Load ``filename`` into the model; every key must be met.

        Raises:
            CheckpointError: If the file cannot be read safely, or is of another model.
        """
        checkpoint = load_checkpoint(filename, map_location=map_location if map_location == 'cpu' else get_device())
        if 'state_dict' not in checkpoint:
            raise CheckpointError(f'{filename} is no training checkpoint: it has no state_dict.')
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        model = self.model.module if is_model_wrapper(self.model) else self.model
        try:
            model.load_state_dict(checkpoint['state_dict'], strict=strict)
        except RuntimeError as error:
            reason = ' '.join(str(error).split())[:300]
            raise CheckpointError(f'{filename} does not fit the model of this config: {reason}') from error
        self._has_loaded = True
        self.logger.info(f'Loaded {filename} ({len(checkpoint["state_dict"])} tensors)')
        return checkpoint
