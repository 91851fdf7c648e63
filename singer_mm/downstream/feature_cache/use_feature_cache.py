"""Make a downstream config read features instead of images."""

import hashlib
import json
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.logging import print_log
from mmengine.registry import DATASETS, MODELS, init_default_scope

from singer_mm.datasets.data_digest import data_digest, data_root_of
from singer_mm.engine.config.backbone_reference import build_backbone
from singer_mm.engine.config.dataloaders import dataloaders
from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.backbones.token_formats import VECTOR_TYPES
from singer_mm.utils.weights_digest import weights_digest

from .extraction import Extraction
from .feature_cache import ENTRY, GIB, FeatureCache

FORMAT = 2
"""Version of the entries, a part of every key."""

SHARED_BLOCKS = 4
"""After the final norm, the vectors of the last four blocks are stored: kNN reads the last, the sweep reads all."""

ROLE_KEYS = ('frozen', 'out_type', 'out_indices', 'final_norm', 'autocast')
"""Arguments of a backbone that :meth:`_Source._facts` puts into the key by their effect on the features."""

WEIGHT_KEYS = ('checkpoint', 'pretrained')
"""Arguments that locate the weights: the key holds a digest of the weights themselves."""


def use_feature_cache(cfg: Config, cache: FeatureCache, batch_size: int = 64, num_workers: int = 2) -> None:
    """Extract missing features and change ``cfg``, in place, to train and test its head on cached features.

    The head, its losses, the metrics and the schedule stay. The training data pass through the config's
    ``cache_pipeline``, which has no random augmentation. The checkpoint of the head fits the uncached config.

    Args:
        cfg: A resolved downstream config with a frozen backbone.
        cache: Holds the features.
        batch_size: Of the extraction.
        num_workers: Of the extraction.

    Raises:
        ConfigError: If the backbone is trained, or the config has no ``cache_pipeline``.
        DataError: If data are missing, or the disk has no room.
    """
    role = cfg.model.backbone
    if not role.get('frozen'):
        raise ConfigError('the cache needs a frozen backbone, but this protocol trains it: use --no-cache.')
    if cfg.get('cache_pipeline') is None:
        raise ConfigError(
            'the config has no cache_pipeline (its training pipeline without augmentation): use --no-cache.'
        )
    init_default_scope(cfg.default_scope)
    backbone = build_backbone(role)
    source = _Source(cfg, backbone, cache, batch_size, num_workers)
    for name, loader in list(dataloaders(cfg)):
        pipeline = cfg.cache_pipeline if name == 'train_dataloader' else None
        loader.dataset = _replace_innermost(loader.dataset, lambda leaf, p=pipeline: source.cached(leaf, p))
        for key in ('persistent_workers', 'pin_memory', 'prefetch_factor', 'timeout'):
            loader.pop(key, None)
        loader.update(num_workers=0, collate_fn=dict(type='singer_mm.batched_collate'))
    cfg.model.backbone = source.stand_in()
    cfg.model.data_preprocessor = ConfigDict(type='singer_mm.FeaturePreprocessor')


class _Source:
    """The backbone and the cache entries of its features."""

    def __init__(
        self, cfg: Config, backbone: TokenBackbone, cache: FeatureCache, batch_size: int, num_workers: int
    ) -> None:
        self.preprocessor_cfg = cfg.model.get('data_preprocessor') or cfg.data_preprocessor
        self.backbone_cfg = cfg.model.backbone
        self.backbone = backbone
        self.cache = cache
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.digest = weights_digest(backbone.state_dict())
        self.wanted = [index % backbone.num_layers for index in backbone.out_indices]
        self.vectors = backbone.out_type in VECTOR_TYPES
        shared = range(max(0, backbone.num_layers - SHARED_BLOCKS), backbone.num_layers)
        self.stored = sorted({*self.wanted, *(shared if self.vectors and backbone.final_norm else ())})
        self.grid: list[int] = []

    def cached(self, leaf: ConfigDict, pipeline: list[Any] | None) -> ConfigDict:
        """Return the config of the cached dataset; extract the features if they are missing."""
        leaf = ConfigDict(leaf)
        if pipeline is not None:
            leaf.pipeline = pipeline
        dataset = DATASETS.build(leaf)
        facts = self._facts(leaf, dataset)
        key = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:24]
        folder = self.cache.find(key) or self._extract(key, dataset, facts)
        self.grid = json.loads((folder / ENTRY).read_text())['grid']
        return ConfigDict(type='singer_mm.CachedFeatures', folder=str(folder), data_root=data_root_of(dataset))

    def stand_in(self) -> ConfigDict:
        """Return the config of the module that replaces the backbone."""
        return ConfigDict(
            type='singer_mm.PrecomputedTokens',
            out_type=self.backbone.out_type,
            blocks=[self.stored.index(block) for block in self.wanted],
            num_prefix_tokens=self.backbone.num_prefix_tokens,
            grid=tuple(self.grid),
            weights_digest=self.digest,
        )

    def _extract(self, key: str, dataset: Any, facts: dict[str, Any]) -> Path:
        with self.cache.growing(key):  # if another job needs the same features, one extracts and the other waits
            if found := self.cache.find(key):
                return found
            extraction = Extraction(self.backbone, MODELS.build(self.preprocessor_cfg), dataset, self.stored)
            size = f'{extraction.size / GIB:.2f} GiB in {self.cache.folder}'
            print_log(f'features of {len(dataset)} images: {size}', logger='current')
            self.cache.make_room(key, extraction.size)
            extraction.run(self.cache.unfinished(key), self.batch_size, self.num_workers, facts)
            return self.cache.finish(key)

    def _facts(self, leaf: ConfigDict, dataset: Any) -> dict[str, Any]:
        """Everything that the features depend on."""
        backbone = self.backbone
        cfg = dict(self.backbone_cfg, type=self.backbone_cfg.type.rpartition('.')[2])
        arguments = {key: value for key, value in cfg.items() if key not in (*ROLE_KEYS, *WEIGHT_KEYS)}
        return dict(
            format=FORMAT,
            weights=self.digest,
            backbone=dict(name=backbone.describe(), arguments=arguments, of_file=backbone.architecture()),
            blocks=self.stored,
            vectors=self.vectors,
            final_norm=backbone.final_norm,
            autocast=backbone.autocast,
            preprocessor=dict(self.preprocessor_cfg),
            pipeline=[dict(step) for step in leaf.pipeline],
            dataset={key: value for key, value in leaf.items() if key not in ('pipeline', 'test_mode', 'data_root')},
            data=data_digest(dataset),
        )


def _replace_innermost(dataset: ConfigDict, replace: Any) -> ConfigDict:
    """Replace the dataset inside its wrappers.

    :class:`SeededDataset` has nothing to seed any more and is removed, unless it keeps the seeds from another wrapper.
    """
    if 'dataset' not in dataset:
        return replace(dataset)
    inner = _replace_innermost(dataset.dataset, replace)
    if dataset.type.endswith('SeededDataset') and 'dataset' not in inner:
        return inner
    return ConfigDict(dataset, dataset=inner)
