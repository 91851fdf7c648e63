"""One pass of a frozen backbone over a dataset, written to disk; a killed pass can continue."""

import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.model import BaseDataPreprocessor
from mmengine.structures import BaseDataElement
from rich.progress import Progress
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from singer_mm.datasets.cached_features import PATH_ENDING, SAMPLE_CLASSES, TARGETS
from singer_mm.datasets.data_digest import data_root_of, place_below
from singer_mm.errors import ConfigError, DataError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import VECTOR_TYPES, format_tokens
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.disk_errors import remedy
from singer_mm.utils.folder_use import NAME as USED

from .feature_cache import ENTRY

SAVE_SECONDS = 30.0
"""Time between two saved states: how much work a kill may cost."""


class Extraction:
    """Write the features of a dataset into a folder, as :class:`CachedFeatures` reads them.

    Args:
        backbone: Frozen.
        preprocessor: Of the task's model: it normalises, and pads where the task does.
        dataset: Of the task's library, without random augmentation.
        blocks: 0-based blocks to store, ascending.

    Attributes:
        shape: ``(N, L, T, C)`` of the tokens.
        size: Bytes on disk of the tokens and the targets together.
    """

    def __init__(
        self, backbone: TokenBackbone, preprocessor: BaseDataPreprocessor, dataset: Any, blocks: list[int]
    ) -> None:
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.dataset = dataset
        self.blocks = blocks
        tokens, self.grid, (self.sample,) = next(self._batches(0, 1, 0))
        self.shape = (len(dataset), *tokens.shape[1:])
        self.size = 2 * math.prod(self.shape) + len(dataset) * (_target(self.sample)[1].nbytes + 512)

    def run(self, folder: Path, batch_size: int, num_workers: int, facts: dict[str, Any]) -> None:
        """Extract into ``folder``, or continue there.

        Raises:
            DataError: If the files cannot be written, or features are not finite in half precision.
        """
        folder.mkdir(parents=True, exist_ok=True)
        root = data_root_of(self.dataset)
        saved = folder / 'state.json'
        state = json.loads(saved.read_text()) if saved.exists() else dict(rows=0, targets=0, samples=0)
        target_name, target = _target(self.sample)
        mode = 'r+' if state['rows'] else 'w+'
        try:
            path = folder / 'tokens.npy'
            tokens_file = np.lib.format.open_memmap(path, mode=mode, dtype=np.float16, shape=self.shape)
            with open(path, 'r+b') as file:
                # A disk that fills up while a mapped file grows would kill the process.
                os.posix_fallocate(file.fileno(), 0, os.path.getsize(file.name))
            with (
                open(folder / 'targets.bin', 'ab') as targets,
                open(folder / 'samples.jsonl', 'a') as lines,
                Progress(transient=True) as progress,
            ):
                targets.truncate(state['targets'])
                lines.truncate(state['samples'])
                position = state['targets'] // target.dtype.itemsize
                bar = progress.add_task(f'features of {len(self.dataset)} images', total=len(self.dataset))
                progress.update(bar, completed=state['rows'])
                row, saved_at = state['rows'], time.monotonic()
                for tokens, grid, samples in self._batches(row, batch_size, num_workers):
                    if tokens.shape[1:] != self.shape[1:] or grid != self.grid:
                        raise ConfigError(
                            f'images become {self.grid} and {grid} patches, but cached features need one size: use '
                            '--no-cache.'
                        )
                    tokens_file[row : row + len(samples)] = _half(tokens)
                    for sample in samples:
                        value = _target(sample)[1]
                        targets.write(value.tobytes())
                        metainfo = _without_root(_plain(sample.metainfo), root)
                        record = dict(metainfo=metainfo, start=position, shape=list(value.shape))
                        lines.write(json.dumps(record) + '\n')
                        position += value.size
                    row += len(samples)
                    progress.update(bar, completed=row)
                    if time.monotonic() - saved_at > SAVE_SECONDS:
                        _save_state(folder, row, tokens_file, targets, lines)
                        saved_at = time.monotonic()
                _save_state(folder, row, tokens_file, targets, lines)
            entry = dict(
                facts,
                shape=list(self.shape),
                grid=list(self.grid),
                num_prefix_tokens=self.backbone.num_prefix_tokens,
                sample_class=type(self.sample).__name__,
                target=target_name,
                target_dtype=str(target.dtype),
                metainfo=_plain(self.dataset.metainfo),
            )
            (folder / USED).touch()
            write_json(folder / ENTRY, entry)
        except OSError as error:
            raise DataError(
                f'the feature cache {folder.parent} could not be written ({error}); {remedy(error)}, then run again: '
                'the extraction continues.'
            ) from error

    @torch.inference_mode()
    def _batches(
        self, start: int, batch_size: int, num_workers: int
    ) -> Iterator[tuple[Tensor, tuple[int, int], list[BaseDataElement]]]:
        """Yield the tokens ``(B, L, T, C)``, the patch grid and the samples of each batch."""
        device = get_device()
        self.backbone.to(device)
        self.preprocessor.to(device)
        loader: DataLoader[Any] = DataLoader(
            Subset(self.dataset, range(start, len(self.dataset))),
            batch_size=batch_size,
            num_workers=num_workers,
            collate_fn=pseudo_collate,
        )
        batches = iter(loader)
        while True:
            try:
                batch = next(batches)
            except StopIteration:
                return
            except OSError as error:
                # A worker's error carries a traceback in front.
                raise DataError(f'a file of the dataset cannot be read: {str(error).splitlines()[-1]}.') from error
            data = self.preprocessor(batch, False)
            yield *self._tokens(data['inputs']), data['data_samples']

    def _tokens(self, images: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Return ``(B, L, T, C)``, all tokens of each block or its CLS token and patch mean, and the patch grid."""
        backbone = self.backbone
        grid = backbone.grid(images)
        with backbone.precision(images):
            values = list(backbone.forward_tokens(images, self.blocks).values())
            if backbone.final_norm:
                values = [backbone.final_normalize(value) for value in values]
            if backbone.out_type in VECTOR_TYPES:
                values = [format_tokens(value, 'cls_and_avg', backbone.num_prefix_tokens, grid) for value in values]
        return torch.stack(values, dim=1), grid


def _target(sample: BaseDataElement) -> tuple[str, np.ndarray[Any, Any]]:
    """Return the name and the value of a sample's target."""
    if type(sample).__name__ not in SAMPLE_CLASSES:
        raise ConfigError(
            f'samples of type {type(sample).__name__} cannot be cached; allowed: {", ".join(SAMPLE_CLASSES)}.'
        )
    for name in TARGETS:
        if name in sample:
            value = getattr(sample, name)
            return name, (value if isinstance(value, Tensor) else value.data).cpu().numpy()
    raise ConfigError(f'samples carry none of {", ".join(TARGETS)}; load the annotations in cache_pipeline.')


def _half(tokens: Tensor) -> np.ndarray[Any, Any]:
    half = tokens.half()
    if not torch.isfinite(half).all():
        raise DataError(
            'features exceed half precision (65504) or are not finite; check the backbone, or use --no-cache.'
        )
    return half.cpu().numpy()


def _plain(value: Any) -> Any:
    """Return the part of meta information that JSON can hold."""
    if isinstance(value, dict):
        kept = {str(key): _plain(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | int | float | bool) else None


def _without_root(metainfo: dict[str, Any], root: str) -> dict[str, Any]:
    """Return meta information with paths relative to the data root, which may move until the next run."""
    return {
        key: place_below(value, root) if key.endswith(PATH_ENDING) and isinstance(value, str) else value
        for key, value in metainfo.items()
    }


def _save_state(folder: Path, rows: int, tokens: Any, targets: Any, lines: Any) -> None:
    """Save how much of the files is valid, after it has reached the disk."""
    tokens.flush()
    for file in (targets, lines):
        file.flush()
        os.fsync(file.fileno())
    write_json(folder / 'state.json', dict(rows=rows, targets=targets.tell(), samples=lines.tell()))
