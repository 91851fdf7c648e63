"""Count the images that could not be read."""

from typing import Any

from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.loops.shared_sums import SharedSums
from singer_mm.errors import CheckpointError, ConfigError, DataError
from singer_mm.registry import HOOKS

INFO = 'broken_images'
"""Key of the message hub, which is in every checkpoint: ``num_read``, ``num_broken`` and the reasons ``known``."""

READ, BROKEN = 'images read', 'images broken'


@HOOKS.register_module()
class BrokenImageHook(Hook):
    """Warn once of each unreadable image, with the count, and stop if there are too many.

    The samples carry ``skipped_images`` from the workers to the training process. The counts of all processes are
    exchanged with the losses, so all processes decide alike. A resumed run continues the counts.

    Args:
        max_share: Largest share of broken images among all images read.
        grace: Number of images to read before the share is checked.

    Raises:
        CheckpointError: If the counts in a resumed checkpoint are damaged.
        ConfigError: If ``max_share`` is out of range; during training, if the samples have no ``skipped_images``.
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
        """Take the counts of the checkpoint, and register what the processes exchange."""
        if INFO in runner.message_hub.runtime_info:
            self._restore(runner.message_hub.get_info(INFO))
        sums = SharedSums.of(runner)
        sums.add(READ, lambda: self._own_read)
        sums.add(BROKEN, lambda: len(self._own_broken))

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Count the images in the batch of this process."""
        samples = data_batch['data_samples']
        for sample in samples:
            if not hasattr(sample, 'skipped_images'):
                raise ConfigError(
                    f'BrokenImageHook needs samples with skipped_images, as UnlabelledImages yields them, but the '
                    f'dataset yields a {type(sample).__name__} without; remove the hook from custom_hooks.'
                )
        self._own_broken = [reason for sample in samples for reason in sample.skipped_images]
        self._own_read = len(samples) + len(self._own_broken)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Add the counts of all processes, and check the share."""
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
