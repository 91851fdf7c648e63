"""A student of a few thousand weights, two datasets of a few images, and the shipped configs scaled down to both."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT, STUDENT
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from PIL import Image

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.downstream.feature_cache import FeatureCache, use_feature_cache
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.engine.config.config_check import check_config
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

SIZE = 32
CLASSES = (1, 4, 9)
TRAIN_IMAGES, TEST_IMAGES = 8, 4  # of each class

LOAD = dict(type='LoadImageFromFile')
SQUASH = dict(type='Resize', scale=(SIZE, SIZE))
CLASSIFICATION_PIPELINE = [LOAD, SQUASH, dict(type='PackInputs')]
LABELS = [dict(type='LoadAnnotations', reduce_zero_label=True), dict(type='singer_mm.CheckLabelMap', num_classes=150)]
SMALL_SQUASH = dict(SQUASH, keep_ratio=False)
SEGMENTATION_TRAIN_PIPELINE = [LOAD, *LABELS, SMALL_SQUASH, dict(type='PackSegInputs')]
SEGMENTATION_TEST_PIPELINE = [LOAD, SMALL_SQUASH, *LABELS, dict(type='PackSegInputs')]

_numbers = itertools.count()


@pytest.fixture(scope='session')
def students(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Two exported students of one architecture, ``first`` and ``second``, and a ``wide`` one.

    ``shifted`` has the weights of ``first``, and says that it was trained on images of other statistics.
    """
    folder = tmp_path_factory.mktemp('students')
    torch.manual_seed(5)
    for name, change in (('first', {}), ('second', {}), ('wide', dict(embed_dim=48))):
        cfg = {key: value for key, value in STUDENT.items() if key != 'type'}
        export_student(TimmViT(**{**cfg, **change}), folder / f'{name}.pth', provenance={})
    shifted = TimmViT(checkpoint=str(folder / 'first.pth'))
    shifted.normalization = ((0.0,) * 3, (0.5,) * 3)
    export_student(shifted, folder / 'shifted.pth', provenance={})
    return {name: str(folder / f'{name}.pth') for name in ('first', 'second', 'wide', 'shifted')}


@pytest.fixture(scope='session')
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ImageNet of three classes that differ in brightness, and ADE20K of two that are split by a vertical line."""
    root = tmp_path_factory.mktemp('data')
    generator = np.random.default_rng(0)
    for split, count in (('train', TRAIN_IMAGES), ('val', TEST_IMAGES)):
        for label in CLASSES:
            folder = root / 'imagenet' / split / imagenet_wnids()[label]
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = (generator.random((40, 48, 3)) * 120 + 12 * label).astype('uint8')
                Image.fromarray(pixels).save(folder / f'{split}_{index}.JPEG')
    ade = root / 'ade/ADEChallengeData2016'
    for split, count in (('training', 6), ('validation', 3)):
        for kind in ('images', 'annotations'):
            (ade / kind / split).mkdir(parents=True)
        for index in range(count):
            pixels = (generator.random((40, 48, 3)) * 100).astype('uint8')
            labels = np.full((40, 48), 3, dtype='uint8')
            line = 8 + 4 * index
            pixels[:, line:] += 120
            labels[:, line:] = 10
            labels[:4] = 0  # "everything else"
            name = f'ADE_{split[:3]}_{index:08d}'
            Image.fromarray(pixels).save(ade / 'images' / split / f'{name}.jpg')
            Image.fromarray(labels).save(ade / 'annotations' / split / f'{name}.png')
    return root


@pytest.fixture
def task(data_root: Path, students: dict[str, str], tmp_path: Path) -> Callable[..., Config]:
    """Return a shipped config for the tiny student and the tiny data, with the same images in training and testing."""

    def make(name: str, changes: dict[str, Any] | None = None, backbone: str = 'first', root: Any = None) -> Config:
        cfg = Config.fromfile(ROOT / f'configs/downstream/{name}.py')
        use_data(cfg, str(root or data_root))
        segmentation = name.startswith('ade20k')
        test = SEGMENTATION_TEST_PIPELINE if segmentation else CLASSIFICATION_PIPELINE
        train = SEGMENTATION_TRAIN_PIPELINE if segmentation else CLASSIFICATION_PIPELINE
        for loader in loaders(cfg):
            loader.update(num_workers=0, persistent_workers=False)
            if loader is cfg.get('train_dataloader'):
                cfg.total_batch_size = 4
            else:
                loader.batch_size = 4
            leaf = loader.dataset
            while 'dataset' in leaf:
                leaf = leaf.dataset
            leaf.serialize_data = False  # MMEngine would collect garbage after each
            leaf.pipeline = train if loader is cfg.get('train_dataloader') else test
        cfg.cache_pipeline = train
        cfg.model.backbone.img_size = SIZE
        if segmentation:
            cfg.model.data_preprocessor.size = (SIZE, SIZE)
        if cfg.get('train_cfg'):
            cfg.train_cfg.max_epochs = 3
        cfg.merge_from_dict(changes or {})
        resolve_backbone(cfg, students[backbone])
        cfg.work_dir = str(tmp_path / f'run{next(_numbers)}')
        cfg.log_level = 'WARNING'
        return cfg

    return make


def loaders(cfg: Config) -> list[Any]:
    """Return every data loader of a config."""
    found = [cfg.get(key) for key in ('train_dataloader', 'held_out_dataloader', 'test_dataloader')]
    return [loader for loader in [*found, (cfg.get('test_cfg') or {}).get('train_dataloader')] if loader]


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    """An empty cache."""
    return FeatureCache(tmp_path / 'cache', limit_gib=0.1)


@pytest.fixture
def cached(cache: FeatureCache) -> Callable[[Config], Config]:
    """Let a config read features from ``cache``; return it."""

    def apply(cfg: Config, into: FeatureCache | None = None) -> Config:
        use_feature_cache(cfg, into or cache, batch_size=4, num_workers=0)
        return cfg

    return apply


@pytest.fixture
def build_runner() -> Callable[[Config], Runner]:
    """Return the Runner of a config that passes the check; MMEngine tells runs apart by the name."""

    def build(cfg: Config) -> Runner:
        check_config(cfg)
        cfg.experiment_name = f'downstream{next(_numbers)}'
        return RUNNERS.build(cfg)

    return build
