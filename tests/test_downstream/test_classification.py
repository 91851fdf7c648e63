"""The shipped classification configs on tiny folders: train a few steps, save, resume, test."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.registry import DATASETS, RUNNERS
from PIL import Image
from scipy.io import savemat

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.errors import CheckpointError
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

CONFIGS = ROOT / 'configs/downstream'
BACKBONE = dict(
    type='singer_mm.TimmViT', model_name='vit_tiny_patch16_224', patch_size=56, embed_dim=24, depth=4, num_heads=3
)
WNIDS = [imagenet_wnids()[label] for label in (1, 6, 967)]
FINE_GRAINED = ('aircraft', 'pets', 'food101', 'flowers102')
TRAINED = ('imagenet1k', 'inat2019', *FINE_GRAINED)
PROTOCOLS = ('linear_paper', 'linear_released', 'linear_standard', 'finetune')


def write_image(path: Path, label: int, index: int) -> None:
    """A picture whose colour tells the class."""
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1000 * label + index)
    colour = np.array([label * 90 % 256, 255 - label * 60 % 256, 80])
    pixels = np.clip(colour + generator.integers(-20, 20, (30, 40, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, format='JPEG')


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines) + '\n')


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Every dataset with three classes, six training and four test images of each, in its real layout."""
    root = tmp_path_factory.mktemp('data')
    splits = {'train': range(6), 'test': range(6, 10)}
    for split, indices in splits.items():
        for label in range(3):
            for index in indices:
                name = f'{label}_{index}'
                folder = 'train' if split == 'train' else 'val'
                write_image(root / f'imagenet/{folder}/{WNIDS[label]}/{name}.JPEG', label, index)
                write_image(root / f'inat2019/train_val2019/Fungi/{label * 500}/{name}.jpg', label, index)
                write_image(root / f'fgvc-aircraft-2013b/data/images/{name}.jpg', label, index)
                write_image(root / f'Oxford-IIIT_Pets/images/{name}.jpg', label, index)
                write_image(root / f'food-101/images/{FOOD[label]}/{name}.jpg', label, index)
                write_image(root / f'Flowers102/jpg/image_{10 * label + index + 1:05d}.jpg', label, index)
        names = [(label, f'{label}_{index}') for label in range(3) for index in indices]
        images = [
            dict(id=i, file_name=f'train_val2019/Fungi/{label * 500}/{name}.jpg')
            for i, (label, name) in enumerate(names)
        ]
        annotations = [dict(image_id=i, category_id=label * 500) for i, (label, _) in enumerate(names)]
        categories = [dict(id=label * 500, name=f'species {label}') for label in range(3)]
        content = dict(images=images, annotations=annotations, categories=categories)
        (root / f'inat2019/{"train" if split == "train" else "val"}2019.json').write_text(json.dumps(content))
        trainval = 'trainval' if split == 'train' else 'test'
        aircraft = [f'{name} {AIRCRAFT[label]}' for label, name in names]
        write_lines(root / f'fgvc-aircraft-2013b/data/images_variant_{trainval}.txt', aircraft)
        write_lines(
            root / f'Oxford-IIIT_Pets/annotations/{trainval}.txt', [f'{name} {label + 1} 1 1' for label, name in names]
        )
        write_lines(root / f'food-101/meta/{split}.txt', [f'{FOOD[label]}/{name}' for label, name in names])
    for label, (r, v2) in enumerate(zip(('n01443537', 'n01494475', 'n07920052'), ('1', '6', '967'), strict=True)):
        for index in range(4):
            write_image(root / f'imagenet-r/{r}/{index}.jpg', label, index)
            write_image(root / f'imagenetv2-matched-frequency-format-val/{v2}/{index}.jpeg', label, index)
    (root / 'imagenet-r/README.txt').write_text('ImageNet-R')
    ids = np.arange(1, 31)
    savemat(root / 'Flowers102/imagelabels.mat', dict(labels=(ids[None] - 1) // 10 + 1))
    is_test = (ids - 1) % 10 >= 6
    parts = dict(trnid=ids[~is_test][:9], valid=ids[~is_test][9:], tstid=ids[is_test])
    savemat(root / 'Flowers102/setid.mat', {name: part[None] for name, part in parts.items()})
    lines = (root / 'fgvc-aircraft-2013b/data/images_variant_trainval.txt').read_text().splitlines()
    write_lines(root / 'fgvc-aircraft-2013b/data/images_variant_train.txt', lines[::2])
    write_lines(root / 'fgvc-aircraft-2013b/data/images_variant_val.txt', lines[1::2])
    return root


AIRCRAFT = ('707-320', '727-200', '737-200')
FOOD = ('apple_pie', 'baby_back_ribs', 'baklava')


def load(name, data, work_dir, **changes):
    cfg = Config.fromfile(ROOT / f'configs/mini/{name}.py')
    use_data(cfg, str(data))
    cfg.merge_from_dict(changes)
    cfg.work_dir, cfg.log_level, cfg.launcher = str(work_dir), 'ERROR', 'none'
    cfg.experiment_name = f'{name}_{work_dir.name}'.replace('/', '_')
    resolve_backbone(cfg, BACKBONE)
    return cfg


def train(name, data, work_dir, resume=None, **changes):
    settings = {'train_cfg.max_epochs': 2, 'total_batch_size': 6, **changes}
    cfg = load(name, data, work_dir, **settings)
    cfg.resume, cfg.load_from = resume is not None, resume and str(resume)
    runner = RUNNERS.build(cfg)
    runner.train()
    return runner


def test(name, data, work_dir, checkpoint=None, **changes):
    cfg = load(name, data, work_dir, **changes)
    cfg.load_from = checkpoint and str(checkpoint)
    return RUNNERS.build(cfg).test()


test.__test__ = False


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_train_resume_test(protocol, data, tmp_path):
    name = f'imagenet1k/{protocol}'
    changes = {}
    if protocol == 'linear_standard':  # 4 of the 52 heads
        changes = {'model.head.learning_rates': [1e-3, 0.1], 'model.head.blocks': [4]}
    epochs = 6 if protocol == 'finetune' else 2  # 5 of them warm-up
    length = {'train_cfg.max_epochs': epochs}
    whole = train(name, data, tmp_path / 'whole', **changes, **length)
    train(name, data, tmp_path / 'resumed', tmp_path / f'whole/epoch_{epochs - 1}.pth', **changes, **length)
    states = [load_checkpoint(tmp_path / f'{run}/epoch_{epochs}.pth')['state_dict'] for run in ('whole', 'resumed')]
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert all(key.startswith('head.') for key in states[0]) == (protocol != 'finetune')
    assert whole.model.backbone.frozen == (protocol != 'finetune')

    checkpoint = tmp_path / f'whole/epoch_{epochs}.pth'
    metrics = test(name, data, tmp_path / 'test', checkpoint, **changes)
    assert metrics['n_evaluated'] == 12
    assert {'accuracy/top1', 'accuracy/top5', 'per_class/mean'} < metrics.keys()
    # As many test images of each class: then the two are one.
    assert metrics['accuracy/top1'] == pytest.approx(metrics['per_class/mean'], abs=1e-4)

    shifted = test(f'imagenet_r/{protocol}', data, tmp_path / 'r', checkpoint, **changes)
    assert shifted['n_evaluated'] == 12
    if protocol == 'linear_released':  # over 1,000 classes
        assert 0 <= shifted['imagenet_r/top1'] <= shifted['imagenet_r/top1_masked'] <= 100
    else:
        assert 0 <= shifted['imagenet_r/top1_unmasked'] <= shifted['imagenet_r/top1'] <= 100
    assert 'accuracy/top1' in test(f'imagenet_v2/{protocol}', data, tmp_path / 'v2', checkpoint, **changes)


def test_a_linear_probe_learns_the_colours(data, tmp_path):
    changes = {'train_cfg.max_epochs': 20, 'default_hooks.checkpoint.interval': 20}
    train('pets/linear_paper', data, tmp_path, **changes)
    metrics = test('pets/linear_paper', data, tmp_path / 'test', tmp_path / 'epoch_20.pth')
    assert metrics['accuracy/top1'] > 50  # of 37 classes


def test_the_sweep_stores_its_grid(data, tmp_path):
    runner = train('flowers102/linear_standard', data, tmp_path)
    grid = json.loads((tmp_path / 'sweep.json').read_text())
    assert len(grid['heads']) == 52
    assert len({head['lr'] for head in grid['heads']}) == 13
    values = {head['name']: head['value'] for head in grid['heads']}
    assert values[grid['chosen']] == max(values.values())
    assert runner.model.head.chosen_name == grid['chosen']
    # Rates are those of the grid, times 6 / 256, at the first iteration of a cosine to zero.
    rates = [group['initial_lr'] for group in runner.optim_wrapper.optimizer.param_groups]
    assert rates == pytest.approx([head['lr'] * 6 / 256 for head in grid['heads']])


@pytest.mark.parametrize('task', ['imagenet1k', *FINE_GRAINED])
def test_knn_needs_no_training(task, data, tmp_path):
    changes = {'test_cfg.ks': (1, 3, 18), 'test_cfg.k': 3}
    metrics = test(f'{task}/knn', data, tmp_path, **changes)
    assert {'knn/top1_k1', 'knn/top1_k3', 'knn/top1_k18'} < metrics.keys()
    assert metrics['knn/top1_k3'] == pytest.approx(metrics['accuracy/top1'], abs=1e-4)
    assert metrics['knn/top1_k1'] > 80  # the colours tell the classes, even to random weights
    assert metrics['n_evaluated'] == 12


def test_inat_reports_the_tail(data, tmp_path):
    train('inat2019/linear_paper', data, tmp_path)
    metrics = test('inat2019/linear_paper', data, tmp_path / 'test', tmp_path / 'epoch_2.pth')
    # 6 training images in each class; the miniature calls 5 to 20 medium.
    assert metrics['per_class/medium'] == metrics['per_class/mean']
    assert 'per_class/many' not in metrics


@pytest.mark.parametrize('task', TRAINED)
def test_every_task_reads_its_real_layout(task, data, tmp_path):
    labels = {'imagenet1k': [1, 6, 967], 'inat2019': [0, 500, 1000]}.get(task, [0, 1, 2])
    cfg = load(f'{task}/linear_paper', data, tmp_path)
    for split, size in (('train', 18), ('test', 12)):
        dataset = DATASETS.build(dict(cfg[f'{split}_set'], _scope_='mmpretrain'))
        assert len(dataset) == size
        assert sorted(set(dataset.get_gt_labels().tolist())) == labels
        assert len(dataset.metainfo['classes']) == cfg.num_classes == cfg.model.head.num_classes


@pytest.mark.parametrize(
    ('task', 'sizes', 'splits'),
    [
        ('imagenet1k', (18, 12), None),
        ('aircraft', (9, 9), ('train', 'val')),
        ('flowers102', (9, 9), ('train', 'val')),
        ('pets', (18, 12), ('trainval', 'test')),
        ('food101', (18, 12), ('train', 'test')),
        ('inat2019', (24, 6), None),
    ],
)
def test_the_released_protocol_has_the_splits_of_the_authors(task, sizes, splits, data, tmp_path):
    cfg = load(f'{task}/linear_released', data, tmp_path)
    loaders = (cfg.train_dataloader.dataset.dataset, cfg.test_dataloader.dataset)
    parts = [DATASETS.build(dict(part, _scope_='mmpretrain')) for part in loaders]
    assert tuple(map(len, parts)) == sizes
    if splits is not None:
        assert tuple(part.split for part in loaders) == splits
    paths = [{part.get_data_info(index)['img_path'] for index in range(len(part))} for part in parts]
    assert not paths[0] & paths[1]
    # ImageNet's statistics, whatever the backbone expects, and nothing that a cache could replace.
    assert cfg.model.data_preprocessor.mean == [123.675, 116.28, 103.53]
    assert cfg.cache_pipeline is None


def test_a_checkpoint_of_another_protocol_is_refused_in_a_sentence(data, tmp_path):
    train('pets/linear_paper', data, tmp_path / 'run', **{'train_cfg.max_epochs': 1})
    with pytest.raises(CheckpointError) as caught:
        test('pets/linear_released', data, tmp_path / 'test', tmp_path / 'run/epoch_1.pth')
    for words in ('epoch_1.pth was trained by the protocol linear_paper, and this config is linear_released', '.py'):
        assert words in str(caught.value)
    assert 'accuracy/top1' in test('pets/linear_paper', data, tmp_path / 'right', tmp_path / 'run/epoch_1.pth')


def test_interpolation_and_features_of_each_protocol(data, tmp_path):
    told = {}
    for protocol in (*PROTOCOLS, 'knn'):
        cfg = load(f'food101/{protocol}', data, tmp_path)
        resize, crop = cfg.test_dataloader.dataset.pipeline[1:3]
        assert (resize.scale, resize.edge, resize.backend, crop.crop_size) == (256, 'short', 'pillow', 224)
        told[protocol] = (resize.interpolation, cfg.model.backbone.final_norm, cfg.model.backbone.out_type)
    assert told == {
        'linear_paper': ('bilinear', False, 'cls_token'),
        'linear_released': ('bilinear', False, 'cls_token'),
        'linear_standard': ('bicubic', True, 'cls_and_avg'),
        'finetune': ('bicubic', True, 'cls_token'),
        'knn': ('bicubic', True, 'cls_token'),
    }


def test_the_held_out_part_is_not_trained_on(data, tmp_path):
    cfg = load('aircraft/linear_standard', data, tmp_path)
    parts = [
        DATASETS.build(dict(part, _scope_='mmpretrain'))
        for part in (cfg.train_dataloader.dataset.dataset, cfg.held_out_dataloader.dataset)
    ]
    paths = [{part.get_data_info(index)['img_path'] for index in range(len(part))} for part in parts]
    assert not paths[0] & paths[1]
    assert len(paths[0] | paths[1]) == 18
