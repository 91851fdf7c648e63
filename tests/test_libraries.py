"""Our configs are plain OpenMMLab configs: a tool that knows nothing of us trains them."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT, STUDENT
from mmengine.config import Config
from random_datasets import write_random_datasets

from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

# What mmengine's, mmseg's, mmdet's and mmpretrain's tools/train.py do, in five lines.
STOCK_SCRIPT = """
import sys
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

cfg = Config.fromfile(sys.argv[1])
cfg.merge_from_dict(eval(sys.argv[2]))
runner = RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)
runner.train()
"""


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A folder with ``data``, ``student.pth`` and the stock script."""
    folder = tmp_path_factory.mktemp('stock')
    write_random_datasets(folder / 'data')
    export_student(TimmViT(**{k: v for k, v in STUDENT.items() if k != 'type'}), folder / 'student.pth', provenance={})
    (folder / 'train.py').write_text(STOCK_SCRIPT)
    return folder


def stock(place, config, **options):
    options.setdefault('data_folder', 'data')
    options.setdefault('work_dir', f'runs/{config.replace("/", "_")}')
    return subprocess.run(
        [sys.executable, 'train.py', str(ROOT / f'configs/{config}.py'), repr(options)],
        cwd=place,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=300,
    )


SHORT = {'total_batch_size': 4, 'train_cfg.max_epochs': 1, 'param_scheduler': None, 'log_level': 'ERROR'}
SMALL_VIT = {'embed_dim': 24, 'depth': 4, 'num_heads': 3, 'patch_size': 16, 'img_size': 64, 'dynamic_img_size': True}
DISTILLATION = {
    'train_dataloader.dataset.data_root': 'data/imagenet/train',
    'train_dataloader.dataset.pipeline.1.size': 64,
    'train_dataloader.num_workers': 0,
    'model.teacher': {**SMALL_VIT, 'pretrained': False},
    'model.student': SMALL_VIT,
    'model.teacher_layers': [1, 3],
    'model.refiner.rank': 6,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ('config', 'options'),
    [
        ('mini/imagenet1k/linear_paper', {}),
        ('mini/ade20k/linear_paper', {}),
        ('mini/coco/frozen_maskrcnn', {}),
    ],
    ids=['mmpretrain', 'mmseg', 'mmdet'],
)
def test_a_stock_script_trains_a_config_of_each_library(place, config, options):
    result = stock(place, config, backbone='student.pth', **SHORT, **options)
    assert result.returncode == 0, result.stderr[-3000:]
    assert list((place / f'runs/{config.replace("/", "_")}').glob('epoch_1.pth'))


@pytest.mark.slow
def test_a_stock_script_distils_but_not_from_noise(place):
    changes = {**DISTILLATION, **SHORT}
    refused = stock(place, 'singer/vitl_vitt', **changes)
    assert refused.returncode != 0
    assert 'the teacher has random weights' in refused.stderr.strip().splitlines()[-1]
    allowed = stock(place, 'singer/vitl_vitt', **changes, allow_random_teacher=True)
    assert allowed.returncode == 0, allowed.stderr[-3000:]
    assert (place / 'runs/singer_vitl_vitt/student.pth').is_file()


@pytest.mark.parametrize('library', ['mmpretrain', 'mmseg', 'mmdet'])
def test_one_module_brings_all_that_configs_of_a_library_name(library):
    base = Config.fromfile(ROOT / f'configs/downstream/_base_/{library}.py')
    assert base.custom_imports.imports == [f'singer_mm.libraries.{library}']


def test_a_users_own_imports_stand_beside_ours(tmp_path, monkeypatch):
    """MMEngine replaces the list of a base, so that both are named in one line (singer_mm/libraries/__init__.py)."""
    (tmp_path / 'my_head.py').write_text(
        'from singer_mm.models.heads.linear_decode_head import LinearDecodeHead\n'
        'from singer_mm.registry import MODELS\n\n\n'
        '@MODELS.register_module()\n'
        'class MyHead(LinearDecodeHead):\n'
        '    pass\n'
    )
    (tmp_path / 'mine.py').write_text(
        f"_base_ = '{ROOT}/configs/downstream/ade20k/linear_paper.py'\n"
        "custom_imports = dict(imports=['singer_mm.libraries.mmseg', 'my_head'], allow_failed_imports=False)\n"
        "model = dict(decode_head=dict(type='singer_mm.MyHead'))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    cfg = Config.fromfile(tmp_path / 'mine.py')
    from mmengine.registry import init_default_scope

    from singer_mm.engine.config import prepare_config
    from singer_mm.registry import MODELS

    cfg.backbone = {key: value for key, value in STUDENT.items() if key != 'type'}
    prepared = prepare_config(cfg)
    init_default_scope('mmseg')
    assert type(MODELS.build(prepared.model).decode_head).__name__ == 'MyHead'


@pytest.mark.slow
@pytest.mark.parametrize(
    'statement',
    [
        'import singer_mm.engine.hooks',
        'from singer_mm.registry import HOOKS; HOOKS.build(dict(type="SiNGERHook"))',
        'from singer_mm.registry import MODELS; MODELS.build(dict(type="SiNGERDistiller", teacher=VIT, student=VIT, '
        'teacher_layers=[0, 1], refiner=dict(type="NullspaceAdapter", rank=2)))',
    ],
    ids=['hooks', 'a hook', 'a distiller'],
)
def test_training_loads_neither_pictures_nor_reports(statement):
    vit = 'VIT = dict(type="TimmViT", model_name="vit_tiny_patch16_224", embed_dim=12, depth=2, num_heads=3)'
    # MMEngine loads jinja2 by itself: what counts is what we add.
    before = 'import sys, torch, timm, mmengine.runner; before = set(sys.modules)'
    names = ('matplotlib', 'jinja2', 'singer_mm.pages', 'singer_mm.visualization')
    after = f'print([name for name in {names} if name in set(sys.modules) - before])'
    result = subprocess.run(
        [sys.executable, '-c', '\n'.join([before, vit, statement, after])], capture_output=True, text=True, timeout=300
    )
    assert result.stdout.strip().splitlines()[-1] == '[]', result.stdout + result.stderr
