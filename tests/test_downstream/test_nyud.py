import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image
from test_downstream.dense_cycle import CONFIGS, build_runner, cycle, load_config
from torchvision.transforms.functional import center_crop, resize

from singer_mm.errors import DataError

pytestmark = pytest.mark.slow


def write_sample(root, split, index, depth):
    """Write an image whose brightness tells the depth (metres), measured and, in the labelled set, filled in."""
    image = np.repeat((depth * 25.5).astype(np.uint8)[..., None], 3, axis=2)
    millimetres = np.round(depth * 1000).astype(np.uint16)
    filled = np.where(millimetres == 0, 1500, millimetres).astype(np.uint16)
    for folder, values in ((split, millimetres), (f'{split}_labelled', filled)):
        for kind, suffix, pixels in (('images', 'jpg', image), ('annotations', 'png', values)):
            path = root / 'nyu' / kind / folder / f'bedroom_{index:04d}.{suffix}'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Four images for training and two for testing: a slope each, with a hole at the left border."""
    for split, number in (('train', 4), ('test', 2)):
        for index in range(number):
            depth = np.tile(np.linspace(1 + index, 9, 640), (480, 1))
            depth[:, :30] = 0
            write_sample(tmp_path / 'data', split, index, depth)
    # A short path: MMEngine formats each config it dumps, and long strings cost the formatter seconds.
    monkeypatch.chdir(tmp_path)
    return Path('data')


@pytest.fixture
def work_dir(data):
    Path('runs').mkdir()
    return Path('runs')


def test_linear_paper(data, work_dir):
    cfg = load_config('nyud/linear_paper.py', data)
    checkpoint, metrics = cycle(cfg, work_dir)
    assert set(checkpoint['state_dict']) == {'decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'}
    assert checkpoint['state_dict']['decode_head.conv_seg.weight'].shape == (256, 2 * 24, 1, 1)
    assert metrics['n_evaluated'] == 2
    assert 0 < metrics['rmse'] < 10
    assert {'abs_rel', 'd1', 'd2', 'd3'} <= set(metrics)


def test_linear_paper_squashes_training_depth_and_keeps_that_of_testing(data, work_dir):
    cfg = load_config('nyud/linear_paper.py', data)
    runner = build_runner(cfg, work_dir / 'run')
    train = runner.build_dataloader(cfg.train_dataloader).dataset[0, 0]
    depth = train['data_samples'].gt_depth_map.data
    assert depth.shape == (1, 224, 224)
    # Of the labelled set, which has no holes. Nearest, since a depth between an object and the wall behind it exists
    # nowhere; a random part of 80 %.
    assert depth.min() > 1.3
    assert depth.max() - depth.min() < 0.85 * 8
    cfg.train_dataloader.dataset.dataset.pipeline = cfg.cache_pipeline
    plain = runner.build_dataloader(cfg.train_dataloader).dataset[0, 0]['data_samples'].gt_depth_map.data
    assert plain.max().item() == pytest.approx(9, abs=0.05)
    test = runner.build_dataloader(cfg.test_dataloader).dataset[0]
    assert test['data_samples'].gt_depth_map.shape == (480, 640)
    (predicted,) = runner.model.test_step({key: [value] for key, value in test.items()})
    assert predicted.pred_depth_map.data.shape == (1, 480, 640)


def test_depth_in_wrong_units_is_refused(data, work_dir):
    write_sample(data, 'train', 0, np.full((480, 640), 25.0))
    with pytest.raises(DataError, match=r'bedroom_0000.png has a depth of 25.000 m, more than 10 m'):
        build_runner(load_config('nyud/linear_paper.py', data), work_dir / 'run').train()


PIPELINE = {'3': dict(scale=(96, 72)), '4': dict(box=(4, 4, 92, 68)), '7': dict(crop_size=(50, 64))}
SMALL = dict(
    test_dataloader=dict(dataset=dict(pipeline={'1': dict(scale=(96, 72))})),
    model=dict(test_cfg=dict(crop_size=(72, 96), stride=(72, 96))),
)


def standard(version, data, patch_size=16):
    cfg = load_config(f'nyud/linear_standard_{version}.py', data, patch_size=patch_size, **SMALL)
    cfg.merge_from_dict(
        dict(
            train_dataloader=dict(dataset=dict(dataset=dict(share=0.25, dataset=dict(pipeline=PIPELINE)))),
            held_out_dataloader=dict(dataset=dict(share=0.25, dataset=dict(pipeline={'1': dict(scale=(96, 72))}))),
            param_scheduler={'0': dict(end=1), '1': dict(begin=1)},
        )
    )
    return cfg


@pytest.mark.parametrize(('version', 'heads'), [('dinov2', 8), ('dinov3', 4)])
def test_linear_standard(version, heads, data, work_dir):
    # Patches of 14 tile neither crops nor images.
    checkpoint, metrics = cycle(standard(version, data, patch_size=14), work_dir)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'decode_head'}
    assert metrics['n_evaluated'] == 2
    sweep = json.loads((work_dir / 'resumed' / 'sweep.json').read_text())
    assert len(sweep['heads']) == heads
    assert sweep['chosen'] == min(sweep['heads'], key=lambda head: head['value'])['name']


def test_linear_standard_of_dinov2(data, work_dir):
    cfg = standard('dinov2', data)
    model = build_runner(cfg, work_dir / 'run').model
    head = model.decode_head.heads['blocks_4_lr_0_001']
    assert (model.backbone.final_norm, model.backbone.out_indices) == (False, (0, 1, 2, 3))
    assert head.conv_seg.in_channels == 4 * 2 * 24  # four blocks, CLS beside every patch
    assert isinstance(head.norm, torch.nn.Identity) and head.upsample == 4
    assert (cfg.optim_wrapper.optimizer.weight_decay, cfg.optim_wrapper.optimizer.get('betas')) == (0.01, None)


def test_linear_standard_of_dinov3(data, work_dir):
    cfg = standard('dinov3', data)
    model = build_runner(cfg, work_dir / 'run').model
    head = model.decode_head.heads['blocks_1_lr_0_001']
    assert (model.backbone.final_norm, model.backbone.out_indices) == (True, (-1,))
    assert head.conv_seg.in_channels == 24
    assert cfg.model.decode_head.head.norm_cfg.type == 'SyncBN' and head.upsample == 1
    assert isinstance(head.norm, torch.nn.modules.batchnorm._BatchNorm)
    assert (cfg.optim_wrapper.optimizer.weight_decay, cfg.optim_wrapper.optimizer.betas) == (1e-4, (0.9, 0.99))


def test_linear_standard_averages_both_directions(data, work_dir):
    cfg = load_config('nyud/linear_standard_dinov2.py', data, **SMALL)
    model = build_runner(cfg, work_dir / 'run').model.eval()
    model.decode_head.choose('blocks_4_lr_0_001')
    image = torch.randn(1, 3, 72, 96)
    meta = dict(ori_shape=(72, 96), img_shape=(72, 96))
    with torch.no_grad():
        depth = model.inference(image, [meta])
        there, back = (model.encode_decode(view, [meta]) for view in (image, image.flip(3)))
        mirrored = model.inference(image.flip(3), [meta])
    torch.testing.assert_close(depth, (there + back.flip(3)) / 2)
    torch.testing.assert_close(mirrored, depth.flip(3))


@pytest.mark.parametrize('version', ['dinov2', 'dinov3'])
def test_linear_standard_schedule_and_crops_are_the_published_ones(version, data):
    iterations = (24_231 - round(0.1 * 24_231)) // 16
    cfg = Config.fromfile(CONFIGS / f'nyud/linear_standard_{version}.py')
    assert abs(28 * iterations - 38_400) < iterations
    assert cfg.optim_wrapper.max_norm == 35
    steps = {step['type']: step for step in cfg.train_dataloader.dataset.dataset.dataset.pipeline}
    assert steps['singer_mm.FixedCrop'].box == (43, 45, 608, 472)
    assert steps['RandomCrop'].crop_size == (416, 544)
    assert list(steps).index('singer_mm.FixedCrop') < list(steps).index('RandomCrop')


def test_linear_released(data, work_dir):
    checkpoint, metrics = cycle(load_config('nyud/linear_released.py', data), work_dir)
    assert set(checkpoint['state_dict']) == {'decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'}
    assert checkpoint['meta']['protocol'] == 'linear_released'
    assert metrics['n_evaluated'] == 2
    assert 0 < metrics['rmse'] < 10 and 0 < metrics['rmse_per_image'] < 10


def test_linear_released_sees_what_the_authors_code_sees(data, work_dir):
    cfg = load_config('nyud/linear_released.py', data)
    runner = build_runner(cfg, work_dir / 'run')
    sample = runner.build_dataloader(cfg.test_dataloader).dataset[0]
    # The central square, resized to 224 px with antialiasing, by torchvision as theirs; filled-in depth.
    name = data / 'nyu' / '{}' / 'test_labelled' / 'bedroom_0000.{}'
    with (
        Image.open(str(name).format('images', 'jpg')) as image,
        Image.open(str(name).format('annotations', 'png')) as map_,
    ):
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1).float()
        depth = torch.from_numpy(np.array(map_).astype(np.float32))[None] / 1000
    pixels, depth = (resize(center_crop(values, 480), [224, 224], antialias=True) for values in (pixels, depth))
    torch.testing.assert_close(sample['data_samples'].gt_depth_map.data, depth, atol=1e-4, rtol=1e-4)
    deviation = 255 * torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    batch = runner.model.data_preprocessor({key: [value] for key, value in sample.items()}, training=False)
    # The arguments of their loader slip: in testing the deviation is subtracted.
    torch.testing.assert_close(batch['inputs'][0].cpu(), (pixels - deviation) / deviation, atol=0.05, rtol=0.01)
    (predicted,) = runner.model.test_step({key: [value] for key, value in sample.items()})
    assert predicted.pred_depth_map.data.shape == (1, 224, 224)
    assert runner.model.decode_head.temperature == 0.6

    train = runner.build_dataloader(cfg.train_dataloader).dataset[0, 0]
    assert train['data_samples'].gt_depth_map.data.shape == (1, 224, 224)
    mean = 255 * torch.tensor([0.485, 0.425, 0.385])[:, None, None]
    assert float(train['inputs'].min()) >= float(((0 - mean) / deviation).min()) - 1e-5


def test_finetune(data, work_dir):
    cfg = load_config('nyud/finetune.py', data, patch_size=14, **SMALL)
    cfg.merge_from_dict(dict(train_dataloader=dict(dataset=dict(dataset=dict(pipeline=PIPELINE)))))
    cfg.model.decode_head.channels = 8
    checkpoint, metrics = cycle(cfg, work_dir)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'backbone', 'neck', 'decode_head'}
    assert metrics['n_evaluated'] == 2
    assert 0 < metrics['rmse'] < 10
