import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import RUNNERS
from PIL import Image

import singer_mm.registry  # noqa: F401  registers the runner

VIT = dict(type='TimmViT', model_name='vit_tiny_patch16_224', img_size=32, patch_size=8, dynamic_img_size=True)
FITNET = dict(
    type='FeatureDistiller',
    teacher=dict(VIT, embed_dim=24, depth=3, num_heads=3),
    student=dict(VIT, embed_dim=12, depth=2, num_heads=3),
    teacher_layers=[1, 2],
)
SINGER = dict(FITNET, type='SiNGERDistiller', refiner=dict(type='NullspaceAdapter', rank=4))


@pytest.fixture(scope='session')
def photos(tmp_path_factory):
    """Four smooth pictures, one of them below a further folder."""
    folder = tmp_path_factory.mktemp('photos')
    random = np.random.default_rng(0)
    for name in ('a.png', 'b.png', 'c.png', 'more/a.png'):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        pixels = Image.fromarray(random.integers(0, 255, (6, 8, 3), dtype=np.uint8))
        pixels.resize((80, 60), Image.Resampling.BICUBIC).save(path)
    return folder


@pytest.fixture(scope='session')
def train(photos, tmp_path_factory):
    """Train a tiny distiller for four steps; returns its work directory."""

    def train(model, lr=1e-3, **changes):
        work_dir = tmp_path_factory.mktemp('work_dir')
        pipeline = [
            dict(type='LoadRGBImage'),
            dict(type='TorchvisionTransform', name='RandomResizedCrop', size=32),
            dict(type='PackImage'),
        ]
        config = dict(
            default_scope='singer_mm',
            runner_type='singer_mm.SafeRunner',
            model=model,
            allow_random_teacher=True,
            work_dir=str(work_dir),
            experiment_name=work_dir.name,
            train_dataloader=dict(
                batch_size=2,
                num_workers=0,
                drop_last=True,
                sampler=dict(type='ResumableSampler'),
                dataset=dict(type='UnlabelledImages', data_root=str(photos), pipeline=pipeline, crops_per_image=2),
            ),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=lr)),
            train_cfg=dict(type='ResumableEpochLoop', max_epochs=1),
            default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
            custom_hooks=[dict(type='SiNGERHook', interval=2)],
            randomness=dict(seed=3),
        )
        config |= changes
        (work_dir / 'source').mkdir()
        source = work_dir / 'source' / 'tiny.py'
        Config(config).dump(source)
        RUNNERS.build(Config.fromfile(source)).train()
        return work_dir

    return train


@pytest.fixture(scope='session')
def singer_run(train):
    return train(SINGER)


@pytest.fixture(scope='session')
def fitnet_run(train):
    return train(FITNET)


@pytest.fixture(scope='session')
def idle_run(train):
    """A run whose learning rate is zero: its student stays untrained."""
    return train(SINGER, lr=0.0)
