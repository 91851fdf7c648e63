import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from test_downstream.dense_cycle import build_runner, cycle, load_config

from singer_mm.errors import DataError

pytestmark = pytest.mark.slow


def write_sample(root, split, index, depth):
    """Write an image whose brightness tells the depth (metres)."""
    image = np.repeat((depth * 25.5).astype(np.uint8)[..., None], 3, axis=2)
    millimetres = np.round(depth * 1000).astype(np.uint16)
    for kind, suffix, pixels in (('images', 'jpg', image), ('annotations', 'png', millimetres)):
        path = root / 'nyu' / kind / split / f'bedroom_{index:04d}.{suffix}'
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
    # Nearest, since a depth between an object and the wall behind it exists nowhere; holes stay holes.
    assert depth[depth > 0].min() > 1.3
    assert depth.max().item() == pytest.approx(9, abs=0.05)
    test = runner.build_dataloader(cfg.test_dataloader).dataset[0]
    assert test['data_samples'].gt_depth_map.shape == (480, 640)
    (predicted,) = runner.model.test_step({key: [value] for key, value in test.items()})
    assert predicted.pred_depth_map.data.shape == (1, 480, 640)


def test_depth_in_wrong_units_is_refused(data, work_dir):
    write_sample(data, 'train', 0, np.full((480, 640), 25.0))
    with pytest.raises(DataError, match=r'bedroom_0000.png has a depth of 25.000 m, more than 10 m'):
        build_runner(load_config('nyud/linear_paper.py', data), work_dir / 'run').train()


PIPELINE = {'3': dict(scale=(96, 72)), '6': dict(crop_size=(50, 64))}
SMALL = dict(
    test_dataloader=dict(dataset=dict(pipeline={'1': dict(scale=(96, 72))})),
    model=dict(test_cfg=dict(crop_size=(72, 96), stride=(72, 96))),
)


def test_linear_standard(data, work_dir):
    # Patches of 14 tile neither crops nor images.
    cfg = load_config('nyud/linear_standard.py', data, patch_size=14, **SMALL)
    cfg.merge_from_dict(
        dict(
            train_dataloader=dict(dataset=dict(dataset=dict(share=0.25, dataset=dict(pipeline=PIPELINE)))),
            held_out_dataloader=dict(dataset=dict(share=0.25, dataset=dict(pipeline={'1': dict(scale=(96, 72))}))),
            param_scheduler={'0': dict(end=1), '1': dict(begin=1)},
        )
    )
    checkpoint, metrics = cycle(cfg, work_dir)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'decode_head'}
    assert metrics['n_evaluated'] == 2
    sweep = json.loads((work_dir / 'resumed' / 'sweep.json').read_text())
    assert len(sweep['heads']) == 8
    assert sweep['chosen'] == min(sweep['heads'], key=lambda head: head['value'])['name']


def test_linear_standard_averages_both_directions(data, work_dir):
    cfg = load_config('nyud/linear_standard.py', data, **SMALL)
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


def test_linear_standard_schedule_is_the_published_one(data):
    iterations = (24_231 - round(0.1 * 24_231)) // 16
    cfg = load_config('nyud/linear_standard.py', data)
    assert abs(28 * iterations - 38_400) < iterations
    assert cfg.optim_wrapper.max_norm == 35


def test_finetune(data, work_dir):
    cfg = load_config('nyud/finetune.py', data, patch_size=14, **SMALL)
    cfg.merge_from_dict(dict(train_dataloader=dict(dataset=dict(dataset=dict(pipeline=PIPELINE)))))
    cfg.model.decode_head.channels = 8
    checkpoint, metrics = cycle(cfg, work_dir)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'backbone', 'neck', 'decode_head'}
    assert metrics['n_evaluated'] == 2
    assert 0 < metrics['rmse'] < 10
