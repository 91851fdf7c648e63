"""The configs that distil while learning a task, with networks shrunk, on datasets of a few images."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image
from test_downstream.dense_cycle import cycle
from test_downstream.test_coco import CATEGORIES, rectangle

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.engine.config import prepare_config
from singer_mm.engine.config.config_check import check_config
from singer_mm.engine.config.data_folder import mini_config
from singer_mm.models import SiNGERDistiller, TimmViT
from singer_mm.models.distillers.task_distiller import TaskDistiller
from singer_mm.registry import MODELS
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

CONFIGS = sorted((ROOT / 'configs/task').glob('*.py'))
TINY = dict(embed_dim=24, num_heads=3)
SIZE = 56  # whole patches of 14
SMALL = {  # scales of the dense tasks, by place in their pipelines
    'segmentation': (
        {'3': dict(scale=(4 * SIZE, SIZE)), '4': dict(crop_size=(SIZE, SIZE))},
        {'1': dict(scale=(4 * SIZE, SIZE))},
    ),
    'detection': ({'2': dict(scale=(SIZE, SIZE))}, {'1': dict(scale=(SIZE, SIZE))}),
}


def pixels(generator, height=60, width=70):
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


def save(image, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A folder ``data/mini`` with four images to train and two to test of ImageNet, ADE20K and COCO."""
    root = tmp_path_factory.mktemp('task') / 'data/mini'
    generator = np.random.default_rng(0)
    for number, (split, validation, count) in enumerate((('train', 'training', 4), ('val', 'validation', 2))):
        images, annotations = [], []
        for index in range(count):
            folder = imagenet_wnids()[7 * (index % 2)]
            save(pixels(generator), root / f'imagenet/{split}/{folder}/{index}.JPEG')
            ade = root / 'ade/ADEChallengeData2016'
            name = f'ADE_{split}_{index:08d}'
            save(pixels(generator), ade / f'images/{validation}/{name}.jpg')
            labels = Image.fromarray(generator.integers(0, 151, (60, 70), dtype=np.uint8))
            save(labels, ade / f'annotations/{validation}/{name}.png')
            save(pixels(generator), root / f'coco/{split}2017/{index}.jpg')
            images.append(dict(id=index, file_name=f'{index}.jpg', height=60, width=70))
            annotations.append(rectangle(index, index, 1 + number, 5, 5, 40, 40))
        (root / 'coco/annotations').mkdir(exist_ok=True)
        content = dict(images=images, annotations=annotations, categories=CATEGORIES)
        (root / f'coco/annotations/instances_{split}2017.json').write_text(json.dumps(content))
    return root.parents[1]


def load(path, data=None, **options):
    """Return a config as ``tools/train.py`` prepares it; the depths of both networks stay."""
    cfg = Config.fromfile(mini_config(path) if data == 'mini' else path)
    shrunk = {
        'model.distiller.teacher': dict(embed_dim=48, num_heads=3, pretrained=False),
        'model.distiller.refiner': dict(type='NullspaceAdapter', rank=6),
        'backbone': TINY,
        **options,
    }
    cfg.merge_from_dict(shrunk)
    return prepare_config(cfg)


def task_of(path):
    return path.stem.split('_')[0]


def test_there_is_one_for_each_task():
    assert {task_of(path) for path in CONFIGS} == {'classification', 'segmentation', 'detection'}


@pytest.mark.parametrize('mini', [None, 'mini'])
@pytest.mark.parametrize('path', CONFIGS, ids=task_of)
def test_config_checks_and_builds(path, mini, data, monkeypatch):
    monkeypatch.chdir(data)
    shipped = Config.fromfile(path)
    assert shipped.model.distiller.teacher.pretrained, 'a shipped teacher has weights'
    cfg = load(path, mini)
    check_config(cfg)
    assert cfg.train_dataloader.dataset.dataset.data_root.startswith('data/mini' if mini else 'data/')
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    assert isinstance(model, TaskDistiller)
    # All of the student is trained, and what is exported was trained.
    assert model.distiller.student_layers[-1] == model.student.num_layers - 1
    mean = model.data_preprocessor.mean.flatten() / 255
    torch.testing.assert_close(mean, torch.tensor(model.student.normalization[0]))
    for key in ('val', 'test'):
        assert cfg[f'{key}_dataloader'].dataset.data_root == cfg.val_dataloader.dataset.data_root


def test_the_task_and_method_of_the_docs_build():
    page = (ROOT / 'docs/distil_while_learning_a_task.md').read_text()
    (block,) = re.findall(r'^```python\n(model = .*?)^```', page, flags=re.MULTILINE | re.DOTALL)
    names = {}
    exec(block, names)
    names['model']['distiller']['teacher'].update(pretrained=False, embed_dim=48, num_heads=3)
    model = MODELS.build(names['model'])
    assert isinstance(model, TaskDistiller)
    assert model.distiller.student_layers == [8, 11]


@pytest.mark.parametrize('path', CONFIGS, ids=task_of)
def test_the_method_is_singer_of_the_other_configs(path):
    distiller = Config.fromfile(path).model.distiller
    method = Config.fromfile(ROOT / 'configs/_base_/methods/singer.py').model
    sizes = dict(TINY, type='TimmViT', model_name='vit_tiny_patch16_224', img_size=32, embed_dim=96, depth=2)
    networks = dict(teacher=sizes, student=sizes, teacher_layers=[0, 1])
    expected = str(MODELS.build({**method, **networks}))
    short = {key: value for key, value in distiller.items() if key not in ('loss_kd', *networks)}
    built = MODELS.build({**short, **networks})
    assert isinstance(built, SiNGERDistiller)
    assert str(built) == expected
    for name in ('loss_outlier', 'loss_info'):
        ours, theirs = getattr(built, name), getattr(MODELS.build({**method, **networks}), name)
        assert vars(ours).keys() == vars(theirs).keys()
        assert all(vars(ours)[key] == vars(theirs)[key] for key in vars(ours) if not key.startswith('_'))


@pytest.mark.parametrize('path', CONFIGS, ids=task_of)
def test_train_validate_resume_test(path, data, monkeypatch, tmp_path):
    # A short path: MMEngine formats each config it dumps, and long strings cost the formatter seconds.
    monkeypatch.chdir(data)
    options = {
        'backbone.depth': 6,
        'model.distiller.teacher.depth': 6,
        'model.distiller.teacher_layers': [3, 5],
        'total_batch_size': 2,
        'max_batch_per_gpu': None,
        'allow_random_teacher': True,
        'train_cfg.max_epochs': 2,
        'train_cfg.val_interval': 1,
        'custom_hooks.0.interval': 1,
        'log_level': 'ERROR',
    }
    task = task_of(path)
    if task in SMALL:
        train, test = SMALL[task]
        options['train_dataloader.dataset.dataset.pipeline'] = train
        options['val_dataloader.dataset.pipeline'] = options['test_dataloader.dataset.pipeline'] = test
    if task == 'segmentation':
        options['model.task_model.decode_head.channels'] = options['model.task_model.auxiliary_head.channels'] = 8
        options['model.task_model.test_cfg'] = dict(crop_size=(SIZE, SIZE), stride=(37, 37))
    if task == 'detection':
        heads = 'model.task_model.roi_head'
        options['model.task_model.test_cfg.rpn.max_per_img'] = 20
        options['model.task_model.train_cfg.rpn_proposal.max_per_img'] = 20
        options[f'{heads}.bbox_head.fc_out_channels'] = options[f'{heads}.mask_head.conv_out_channels'] = 16
    cfg = load(path, 'mini', **options)
    cfg.param_scheduler = [dict(type='ConstantLR', factor=1.0)]

    work_dir = Path(f'runs_{task}')
    work_dir.mkdir()
    checkpoint, metrics = cycle(cfg, work_dir)
    assert checkpoint['meta']['iter'] == 4
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'task_model', 'distiller'}
    # The resumed run ends before it validates.
    scalars = load_checkpoint(work_dir / 'whole/epoch_2.pth')['message_hub']['log_scalars']
    assert {'train/loss_kd', 'train/loss_outlier', 'train/loss_info', 'singer/layer5/perturbation'} <= scalars.keys()
    validated = {key.removeprefix('val/') for key in scalars if key.startswith('val/')}
    assert validated & metrics.keys()

    exported = work_dir / 'whole/student.pth'
    assert load_checkpoint(exported)['provenance']['task'] == cfg.model.task_model.type.rpartition('.')[2]
    student = TimmViT(checkpoint=str(exported))
    for name, value in student.state_dict().items():
        assert torch.equal(value, checkpoint['state_dict'][f'task_model.backbone.{name}'])
