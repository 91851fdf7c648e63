"""Count the images that could not be read."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import HOOKS


@HOOKS.register_module()
class BrokenImageHook(Hook):
    """Warn of every unreadable image once, with the count, and stop where they are too many.

    It reads ``skipped_images`` of the samples, so that the counts of all workers come together.

    Args:
        max_share: Largest share of broken among all images read.
        grace: The share is not judged before so many images were read.

    Raises:
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
        self.known: set[str] = set()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Count the broken images of the batch."""
        for sample in data_batch['data_samples']:
            if not hasattr(sample, 'skipped_images'):
                raise ConfigError(
                    f'BrokenImageHook counts what UnlabelledImages had to skip, but the dataset yields '
                    f'{type(sample).__name__}s without that; remove the hook from custom_hooks.'
                )
            skipped = sample.skipped_images
            self.num_read += 1 + len(skipped)
            self.num_broken += len(skipped)
            for reason in set(skipped) - self.known:
                self.known.add(reason)
                runner.logger.warning(
                    f'skipped: {reason} ({self.num_broken} of {self.num_read} reads so far, '
                    f'{len(self.known)} different files)'
                )
        share = self.num_broken / self.num_read
        if self.num_read >= self.grace and share > self.max_share:
            raise DataError(
                f'{self.num_broken} of {self.num_read} images could not be read ({share:.1%}, allowed '
                f'{self.max_share:.1%}), the last one: {sorted(self.known)[-1]} Repair the data, or raise '
                'max_share of BrokenImageHook.'
            )
