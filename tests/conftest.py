"""Tiny networks on which everything real runs in milliseconds."""

import copy
import json
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from mmengine.registry import DefaultScope
from PIL import Image

from singer_mm.models import FeatureDistiller
from singer_mm.registry import MODELS

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / 'data'

VIT = dict(type='TimmViT', model_name='vit_tiny_patch16_224', img_size=32, patch_size=8)
TEACHER = dict(VIT, embed_dim=48, depth=6, num_heads=3)
STUDENT = dict(VIT, embed_dim=24, depth=4, num_heads=3)


@pytest.fixture(autouse=True)
def _one_seed() -> None:
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(autouse=True, scope='session')
def _ctrl_c() -> None:
    """A shell starts what runs in its background with SIGINT ignored, and the programs of the tests inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope='module')
def _no_default_scope() -> None:
    """A Runner leaves its default scope behind, in which the next module would not find our classes."""
    DefaultScope._instance_dict.clear()  # MMEngine has no public way to forget it


@pytest.fixture(autouse=True)
def _same_default_scope() -> Iterator[None]:
    before = DefaultScope._instance_dict.copy()
    yield
    DefaultScope._instance_dict.clear()
    DefaultScope._instance_dict.update(before)


@pytest.fixture
def disk_of() -> Callable[[int], AbstractContextManager[None]]:
    """``with disk_of(n)``: no file may grow beyond ``n`` bytes, what a full disk looks like to a writer."""

    @contextmanager
    def limit(num_bytes: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit


@pytest.fixture
def golden() -> SimpleNamespace:
    """One step of the authors' released code: ``arrays`` (name to float64 tensor) and ``meta``."""
    arrays = {name: torch.from_numpy(value) for name, value in np.load(DATA / 'case_a.npz').items()}
    return SimpleNamespace(arrays=arrays, meta=json.loads((DATA / 'case_a.json').read_text()))


SINGER = dict(
    type='SiNGERDistiller',
    teacher=TEACHER,
    student=STUDENT,
    teacher_layers=[3, 5],
    refiner=dict(type='NullspaceAdapter', rank=6),
)


@pytest.fixture
def singer_cfg() -> dict[str, Any]:
    """A small SiNGER distiller, as the paper's text has it."""
    return copy.deepcopy(SINGER)


@pytest.fixture
def singer(singer_cfg: dict[str, Any]) -> FeatureDistiller:
    """The distiller of ``singer_cfg``, initialised."""
    distiller = MODELS.build(singer_cfg)
    distiller.init_weights()
    return distiller


@pytest.fixture
def images() -> torch.Tensor:
    """Normalised images for the tiny networks."""
    return torch.randn(3, 3, 32, 32)


def write_images(folder: Path) -> Path:
    """Write eight small random images into two folders."""
    generator = np.random.default_rng(0)
    for index in range(8):
        path = folder / f'class{index % 2}' / f'{index}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(path)
    return folder


@pytest.fixture
def image_folder(tmp_path: Path) -> Path:
    """A folder of eight small random images in two subfolders."""
    return write_images(tmp_path / 'images')


@pytest.fixture
def run_cfg(singer_cfg: dict[str, Any], image_folder: Path, tmp_path: Path) -> dict[str, Any]:
    """A complete training of ``singer_cfg``: 2 epochs of 4 iterations, every random part switched on."""
    return training(singer_cfg, image_folder, tmp_path / 'work_dir')


def training(model: dict[str, Any], image_folder: Path, work_dir: Path) -> dict[str, Any]:
    """Return the config of ``run_cfg`` for a model, images and a work directory."""
    return dict(
        default_scope='singer_mm',
        runner_type='singer_mm.SafeRunner',
        work_dir=str(work_dir),
        allow_random_teacher=True,
        # Drop path draws random numbers in the training process, the crops in the data loader.
        model=dict(copy.deepcopy(model), student=dict(STUDENT, drop_path_rate=0.2)),
        train_dataloader=dict(
            batch_size=2,
            num_workers=0,
            drop_last=True,
            sampler=dict(type='ResumableSampler'),
            dataset=dict(
                type='UnlabelledImages',
                data_root=str(image_folder),
                pipeline=[
                    dict(type='LoadRGBImage'),
                    dict(type='TorchvisionTransform', name='RandomResizedCrop', size=32),
                    dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
                    dict(type='PackImage'),
                ],
            ),
        ),
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
        param_scheduler=[
            dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
            dict(type='CosineAnnealingLR', eta_min_ratio=1e-4, begin=1, convert_to_iter_based=True),
        ],
        train_cfg=dict(type='ResumableEpochLoop', max_epochs=2),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1, by_epoch=False)),
        custom_hooks=[dict(type='SiNGERHook', interval=2), dict(type='BrokenImageHook')],
        visualizer=dict(type='Visualizer', vis_backends=[dict(type='LocalVisBackend')]),
        randomness=dict(seed=7),
        log_level='WARNING',
    )
