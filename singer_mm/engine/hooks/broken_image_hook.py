"""Count the images that could not be read."""

from __future__ import annotations

from typing import Any

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.loops.shared_sums import SharedSums
from singer_mm.errors import CheckpointError, ConfigError, DataError
from singer_mm.registry import HOOKS

INFO = 'broken_images'
"""Key of the message hub, which every checkpoint holds: ``num_read``, ``num_broken`` and the reasons ``known``."""

READ, BROKEN = 'images read', 'images broken'


@HOOKS.register_module()
class BrokenImageHook(Hook):
    """Warn of every unreadable image once, with the count, and stop where they are too many.

    It reads ``skipped_images`` of the samples, so that the counts of all workers come together. Those of all processes
    travel with the losses, so that all processes judge alike; a resumed run counts on.

    Args:
        max_share: Largest share of broken among all images read.
        grace: The share is not judged before so many images were read.

    Raises:
        CheckpointError: If a resumed checkpoint holds counts that are none.
        ConfigError: If ``max_share`` is out of range; during training, if the dataset is another.
        DataError: During training, if the share is exceeded.
    """

    priority = 'NORMAL'

    def __init__(self, max_share: float = 0.01, grace: int = 1000) -> None:
        if not 0 <= max_share <= 1:
            raise ConfigError(f'BrokenImageHook: max_share is {max_share}; allowed: 0 to 1.')
        self.max_share = max_share
        self.grace = grace
        self.num_read = 0
        self.num_broken = 0
        self.known: dict[str, None] = {}  # in the order of their first appearance
        self._own_read = 0
        self._own_broken: list[str] = []

    def before_train(self, runner: Runner) -> None:
        """Count on where the checkpoint stood, and share what is found from now on."""
        if INFO in runner.message_hub.runtime_info:
            self._restore(runner.message_hub.get_info(INFO))
        sums = SharedSums.of(runner)
        sums.add(READ, lambda: self._own_read)
        sums.add(BROKEN, lambda: len(self._own_broken))

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Count the images of this process's part of the batch."""
        samples = data_batch['data_samples']
        for sample in samples:
            if not hasattr(sample, 'skipped_images'):
                raise ConfigError(
                    f'BrokenImageHook counts what UnlabelledImages had to skip, but the dataset yields '
                    f'{type(sample).__name__}s without that; remove the hook from custom_hooks.'
                )
        self._own_broken = [reason for sample in samples for reason in sample.skipped_images]
        self._own_read = len(samples) + len(self._own_broken)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Add the counts of all processes, and judge them."""
        sums = SharedSums.of(runner)
        num_broken = round(sums.get(BROKEN, runner.iter))
        self.num_read += round(sums.get(READ, runner.iter))
        self.num_broken += num_broken
        if num_broken:  # in all processes or in none
            self._warn(runner, sorted({reason for own in all_gather_object(self._own_broken) for reason in own}))
        counts = dict(num_read=self.num_read, num_broken=self.num_broken, known=list(self.known))
        runner.message_hub.update_info(INFO, counts)
        share = self.num_broken / self.num_read
        if self.num_read >= self.grace and share > self.max_share:
            raise DataError(
                f'{self.num_broken} of {self.num_read} images could not be read ({share:.1%}, allowed '
                f'{self.max_share:.1%}), the last one: {list(self.known)[-1]} Repair the data, or raise '
                'max_share of BrokenImageHook.'
            )

    def _restore(self, counts: Any) -> None:
        values: list[Any] = (
            [counts.get(key) for key in ('num_read', 'num_broken', 'known')] if isinstance(counts, dict) else []
        )
        if [type(value) for value in values] != [int, int, list]:
            raise CheckpointError(f'{INFO} in the message hub of the checkpoint is damaged; resume from another one.')
        self.num_read, self.num_broken = values[:2]
        self.known = dict.fromkeys(str(reason) for reason in values[2])

    def _warn(self, runner: Runner, reasons: list[str]) -> None:
        for reason in reasons:
            if reason not in self.known:
                self.known[reason] = None
                runner.logger.warning(
                    f'skipped: {reason} ({self.num_broken} of {self.num_read} reads so far, '
                    f'{len(self.known)} different files)'
                )
