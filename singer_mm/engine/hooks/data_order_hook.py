"""Warn if the training data have changed since the checkpoint."""

import hashlib
import os
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.registry import HOOKS

META_KEY = 'data_order'
LOOKED_AT = 1000
"""Number of image names to compare, at equal distances: one image more or less shifts all that follow."""


@HOOKS.register_module()
class DataOrderHook(Hook):
    """Store a digest of the training images in each checkpoint, and compare it on resume.

    With the same images, a resumed run reads them in the order of an uninterrupted run. With an image more or less the
    order differs: a warning says so, and training continues. :class:`SafeRunner` registers this hook.
    """

    priority = 'VERY_LOW'

    def __init__(self) -> None:
        self._of_checkpoint: Any = None
        self._digest: dict[str, Any] | None = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Keep the digest of the checkpoint."""
        meta = checkpoint.get('meta')
        self._of_checkpoint = meta.get(META_KEY) if isinstance(meta, dict) else None

    def before_train(self, runner: Runner) -> None:
        """Compare it with the digest of the data, if the run was resumed."""
        self._digest = data_order(runner.train_dataloader.dataset)
        before = self._of_checkpoint
        if not (runner._resume and isinstance(before, dict)) or before == self._digest:
            return
        runner.logger.warning(
            f'the training data have changed since the checkpoint was written ({before.get("samples")} samples then, '
            f'{self._digest["samples"]} now): from here on they come in another order, and in the epoch under way some '
            'images come twice or not at all'
        )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Store the digest."""
        if self._digest is not None:
            checkpoint['meta'][META_KEY] = self._digest


def data_order(dataset: Any) -> dict[str, Any]:
    """Return the number of ``samples`` of a dataset, and a digest of the names of its ``images`` in their order.

    Names are relative to the dataset's folder, which may move. Without image files, the digest is None.
    """
    samples = len(dataset)
    while not isinstance(dataset, BaseDataset) and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    if not isinstance(dataset, BaseDataset):
        return dict(samples=samples, images=None)
    dataset.full_init()
    count = BaseDataset.__len__(dataset)  # ours count the crops
    digest = hashlib.sha256(str(count).encode())
    for index in range(0, count, max(1, count // LOOKED_AT)):
        path = dataset.get_data_info(index).get('img_path')
        if path is None:
            return dict(samples=samples, images=None)
        name = os.path.relpath(path, dataset.data_root) if dataset.data_root else os.path.basename(path)
        digest.update(b'\0' + os.fsencode(name))
    return dict(samples=samples, images=digest.hexdigest()[:16])
