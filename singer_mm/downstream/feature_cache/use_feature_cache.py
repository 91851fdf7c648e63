"""A downstream config that reads features in the place of images."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config, ConfigDict
from mmengine.logging import print_log
from mmengine.registry import DATASETS, MODELS, init_default_scope

from singer_mm.engine.config.backbone_reference import build_backbone
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import VECTOR_TYPES
from singer_mm.utils.weights_digest import weights_digest

from .extraction import Extraction
from .feature_cache import GIB, FeatureCache

FORMAT = 1
"""Part of every key: entries of another format are not read."""

SHARED_BLOCKS = 4
"""After the final norm, the vectors of the last four blocks are stored: kNN reads the last, the sweep all of them."""

SAMPLED_FILES = 1000
"""Of how many samples sizes and times of the files go into a key; paths of all."""

FILE_KEYS = ('img_path', 'seg_map_path', 'depth_map_path')


def use_feature_cache(cfg: Config, cache: FeatureCache, batch_size: int = 64, num_workers: int = 2) -> None:
    """Extract what is missing, and let ``cfg`` train and test its head on cached features, in place.

    The head, its losses, the metrics and the schedule stay; the training data are those of the config's
    ``cache_pipeline``, that is, without random augmentation. The checkpoint of the head fits the uncached config.

    Args:
        cfg: A resolved downstream config with a frozen backbone.
        cache: Where features lie.
        batch_size: Of the pass over the data.
        num_workers: Of the pass over the data.

    Raises:
        ConfigError: If the backbone is trained, or the config has no ``cache_pipeline``.
        DataError: If data are missing, or the disk has no room.
    """
    role = cfg.model.backbone
    if not role.get('frozen'):
        raise ConfigError('features can be cached of a frozen backbone only; this protocol trains it: use --no-cache.')
    if 'cache_pipeline' not in cfg:
        raise ConfigError(
            'the config has no cache_pipeline (its training pipeline without augmentation): use --no-cache.'
        )
    init_default_scope(cfg.default_scope)
    backbone = build_backbone(role)
    source = _Source(cfg, backbone, cache, batch_size, num_workers)
    for name, loader in list(_dataloaders(cfg)):
        pipeline = cfg.cache_pipeline if name == 'train_dataloader' else None
        loader.dataset = _replace_innermost(loader.dataset, lambda leaf, p=pipeline: source.cached(leaf, p))
        for key in ('persistent_workers', 'pin_memory', 'prefetch_factor', 'timeout'):
            loader.pop(key, None)
        loader.update(num_workers=0, collate_fn=dict(type='singer_mm.batched_collate'))
    cfg.model.backbone = source.stand_in()
    cfg.model.data_preprocessor = ConfigDict(type='singer_mm.FeaturePreprocessor')


class _Source:
    """The backbone, and the entries that it fills."""

    def __init__(
        self, cfg: Config, backbone: TokenBackbone, cache: FeatureCache, batch_size: int, num_workers: int
    ) -> None:
        self.preprocessor_cfg = cfg.model.get('data_preprocessor') or cfg.data_preprocessor
        self.backbone = backbone
        self.cache = cache
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.digest = weights_digest(backbone.state_dict())
        self.wanted = [index % backbone.num_layers for index in backbone.out_indices]
        self.vectors = backbone.out_type in VECTOR_TYPES
        stored = set(self.wanted)
        if self.vectors and backbone.final_norm:
            stored |= set(range(max(0, backbone.num_layers - SHARED_BLOCKS), backbone.num_layers))
        self.stored = sorted(stored)
        self.grid: list[int] = []

    def cached(self, leaf: ConfigDict, pipeline: list[Any] | None) -> ConfigDict:
        """Return the config of the cached dataset, extracting it if it is not there."""
        leaf = ConfigDict(leaf)
        if pipeline is not None:
            leaf.pipeline = pipeline
        dataset = DATASETS.build(leaf)
        facts = self._facts(leaf, dataset)
        key = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:24]
        folder = self.cache.find(key) or self._extract(key, dataset, facts)
        self.grid = json.loads((folder / 'entry.json').read_text())['grid']
        return ConfigDict(type='singer_mm.CachedFeatures', folder=str(folder))

    def stand_in(self) -> ConfigDict:
        """Return what takes the place of the backbone."""
        return ConfigDict(
            type='singer_mm.PrecomputedTokens',
            out_type=self.backbone.out_type,
            blocks=[self.stored.index(block) for block in self.wanted],
            num_prefix_tokens=self.backbone.num_prefix_tokens,
            grid=tuple(self.grid),
            weights_digest=self.digest,
        )

    def _extract(self, key: str, dataset: Any, facts: dict[str, Any]) -> Path:
        self.cache.folder.mkdir(parents=True, exist_ok=True)
        with open(self.cache.folder / f'{key}.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another job may want the same features: one extracts, the other waits
            found = self.cache.find(key)
            if found is not None:
                return found
            extraction = Extraction(self.backbone, MODELS.build(self.preprocessor_cfg), dataset, self.stored)
            print_log(
                f'features of {len(dataset)} images: {extraction.size / GIB:.2f} GiB in {self.cache.folder}',
                logger='current',
            )
            self.cache.make_room(key, extraction.size)
            extraction.run(self.cache.unfinished(key), self.batch_size, self.num_workers, facts)
            return self.cache.finish(key)

    def _facts(self, leaf: ConfigDict, dataset: Any) -> dict[str, Any]:
        """Everything that the features depend on."""
        listing = hashlib.sha256()
        sampled = set(np.linspace(0, len(dataset) - 1, min(SAMPLED_FILES, len(dataset))).astype(int).tolist())
        for index in range(len(dataset)):
            info = dataset.get_data_info(index)
            # Labels, too: targets are stored with the features.
            listing.update(f'{info["img_path"]} {info.get("gt_label")}\n'.encode())
            for path in [info[key] for key in FILE_KEYS if info.get(key)] if index in sampled else []:
                stat = os.stat(path)
                listing.update(f'{stat.st_size} {stat.st_mtime_ns};'.encode())
        return dict(
            format=FORMAT,
            weights=self.digest,
            backbone=self.backbone.describe(),
            blocks=self.stored,
            vectors=self.vectors,
            final_norm=self.backbone.final_norm,
            autocast=self.backbone.autocast,
            preprocessor=dict(self.preprocessor_cfg),
            pipeline=[dict(step) for step in leaf.pipeline],
            dataset={key: value for key, value in leaf.items() if key not in ('pipeline', 'test_mode')},
            files=listing.hexdigest(),
        )


def _dataloaders(cfg: ConfigDict | Config) -> Iterator[tuple[str, ConfigDict]]:
    """Yield every config of a data loader with the name of its key, at any depth."""
    for key, value in cfg.items():
        if isinstance(value, dict) and 'dataset' in value and key.endswith('dataloader'):
            yield key, value
        elif isinstance(value, dict):
            yield from _dataloaders(value)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield from _dataloaders(ConfigDict(item) if not isinstance(item, ConfigDict) else item)


def _replace_innermost(dataset: ConfigDict, replace: Any) -> ConfigDict:
    """Replace the dataset inside its wrappers.

    :class:`SeededDataset` has nothing left to seed and is left out, unless it keeps the seeds from another wrapper.
    """
    if 'dataset' not in dataset:
        return replace(dataset)
    inner = _replace_innermost(dataset.dataset, replace)
    if dataset.type.endswith('SeededDataset') and 'dataset' not in inner:
        return inner
    return ConfigDict(dataset, dataset=inner)
