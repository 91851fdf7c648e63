"""Training that can be resumed in the middle of an epoch."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from singer_mm.engine.bare_model import bare_model
from singer_mm.engine.config.batch_plan import BatchPlan
from singer_mm.errors import ConfigError
from singer_mm.registry import LOOPS
from singer_mm.utils.micro_batch import MicroBatch, learning
from singer_mm.utils.random_state import derive_seed

from .micro_batch_update import MicroBatchUpdate, mean_of, split_batch
from .shared_sums import SharedSums


@LOOPS.register_module()
class ResumableEpochLoop(EpochBasedTrainLoop):
    """``EpochBasedTrainLoop`` that resumes at any iteration, and whose iterations may take several micro-batches.

    MMEngine's own loop restarts an interrupted epoch at its beginning. Here the iteration count gives epoch and
    position, the sampler starts there, and the random draws of an iteration (drop path, mixup) are seeded from the
    run's seed, the iteration and the rank. It needs a :class:`ResumableSampler`.

    An iteration is one optimizer step, for any number of processes and micro-batches; its logs are means over them.
    ``own_logs`` are those of this process in the last iteration, and ``shared_sums`` exchanges numbers of hooks.

    Args:
        runner, max_epochs, **kwargs: Those of MMEngine's loop.
        dataloader: The loader of the training data; its batch is the part of the total batch for one process.
        accumulation: Number of micro-batches of this part; :class:`SafeRunner` derives it (:class:`BatchPlan`).
        micro_batch_norm: Allow batch norms, whose statistics are then those of single micro-batches: the training
            differs from one with whole batches.

    Raises:
        ConfigError: If the data loader has another sampler; if the length of an epoch has changed since the checkpoint
            was written; if a batch norm would see micro-batches without ``micro_batch_norm``.
        DataError: If the data do not fill a single batch.
    """

    _epoch: int
    _iter: int

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict[str, Any],
        max_epochs: int,
        accumulation: int = 1,
        micro_batch_norm: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(runner, dataloader, max_epochs, **kwargs)
        self.accumulation = accumulation
        self.shared_sums = SharedSums()
        self.own_logs: dict[str, Any] = {}
        if accumulation > 1 and not micro_batch_norm:
            self._refuse_batch_norm(runner.model)
        processes = get_world_size()
        plan = BatchPlan(self.dataloader.batch_size * processes, processes, accumulation)
        plan.check_filled_by(len(self.dataloader.dataset))

    def _refuse_batch_norm(self, model: nn.Module) -> None:
        for name, module in model.named_modules():
            if isinstance(module, _BatchNorm) and module.training:
                raise ConfigError(
                    f'{name} is a {type(module).__name__}, whose statistics would be those of {self.accumulation} '
                    'micro-batches instead of the whole batch; raise max_batch_per_gpu or use more GPUs, or accept '
                    'another training by train_cfg.micro_batch_norm=True.'
                )

    def run_epoch(self) -> None:
        """Run the rest of the current epoch."""
        epoch_length = len(self.dataloader)
        sampler = self.dataloader.sampler
        if not hasattr(sampler, 'skip') or not self.dataloader.drop_last:
            raise ConfigError(
                "ResumableEpochLoop needs train_dataloader.sampler=dict(type='ResumableSampler') and drop_last=True, "
                f'but got a {type(sampler).__name__} and drop_last={self.dataloader.drop_last}.'
            )
        epoch, start = divmod(self._iter, epoch_length)
        if (epoch, start) == (self._epoch + 1, 0):
            # The checkpoint was written after the last iteration of an epoch, before the hooks of its end.
            self._end_epoch()
            return
        if epoch != self._epoch:
            raise ConfigError(
                f'the checkpoint stands at iteration {self._iter} in epoch {self._epoch}, but an epoch now has '
                f'{epoch_length} iterations; resume with the data and the total batch of the first run.'
            )
        self.runner.call_hook('before_train_epoch')
        # After the hooks, since MMEngine's DistSamplerSeedHook sets the epoch too. Resuming adopts the seed of the
        # checkpoint, but the sampler was built before.
        sampler.seed = self.runner.seed
        sampler.set_epoch(self._epoch)
        sampler.skip(start * self.dataloader.batch_size)
        self.runner.model.train()
        for position, data_batch in enumerate(self.dataloader, start=start):
            self.run_iter(position, data_batch)
        self._end_epoch()

    def _end_epoch(self) -> None:
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Any) -> None:
        """Take one optimizer step, with random numbers of its own."""
        runner = self.runner
        runner.call_hook('before_train_iter', batch_idx=idx, data_batch=data_batch)
        parts = split_batch(data_batch, self.accumulation)
        logs = []
        with self._whole_batch(parts):
            for index, part in enumerate(self._seeded(parts)):
                update = runner.optim_wrapper
                if len(parts) > 1:
                    update = MicroBatchUpdate(update, len(parts), is_last=index == len(parts) - 1)
                logs.append(runner.model.train_step(part, optim_wrapper=update))
        self.own_logs = mean_of(logs)
        outputs = self.shared_sums.exchange(self._iter, self.own_logs)
        runner.call_hook('after_train_iter', batch_idx=idx, data_batch=data_batch, outputs=outputs)
        self._iter += 1

    def _whole_batch(self, parts: Sequence[Any]) -> AbstractContextManager[None]:
        """Let a model that uses statistics of its batch compute them over all micro-batches first."""
        model = bare_model(self.runner.model)
        if len(parts) == 1 or not hasattr(model, 'statistics_of'):
            return nullcontext()
        return model.statistics_of(self._seeded(parts))

    def _seeded(self, parts: Sequence[Any]) -> Iterator[Any]:
        """Yield the micro-batches of this process, each after seeding what is drawn in it."""
        rank, processes = get_rank(), get_world_size()
        total = self.dataloader.batch_size * processes
        size = self.dataloader.batch_size // len(parts)
        for index, part in enumerate(parts):
            place = (index,) if len(parts) > 1 else ()
            seed = derive_seed(self.runner.seed, self._iter, rank, *place)
            torch.manual_seed(seed)
            np.random.seed(seed)  # mmpretrain's mixup draws from it
            # The sampler gives images to processes in turn: image `p` of this one is `p * processes + rank` of all.
            positions = [p * processes + rank for p in range(index * size, (index + 1) * size)]
            with learning(MicroBatch(derive_seed(self.runner.seed, self._iter), total, positions, parts)):
                yield part
