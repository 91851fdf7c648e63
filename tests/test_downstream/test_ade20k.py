import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image
from test_downstream.dense_cycle import CONFIGS, build_runner, cycle, load_config

from singer_mm.engine.config import resolve_backbone
from singer_mm.errors import DataError

pytestmark = pytest.mark.slow

SIZES = {'training': [(70, 90), (80, 64), (66, 66), (90, 70)], 'validation': [(75, 60), (64, 96)]}


def write_sample(root, split, index, labels):
    colours = np.random.default_rng(7).integers(0, 256, (256, 3), dtype=np.uint8)
    for kind, suffix, pixels in (('images', 'jpg', colours[labels]), ('annotations', 'png', labels)):
        path = root / 'ade' / 'ADEChallengeData2016' / kind / split / f'ADE_{split[:5]}_{index:08d}.{suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Four images for training and two for validation: halves of two classes, and a border of "everything else"."""
    for split, sizes in SIZES.items():
        for index, (height, width) in enumerate(sizes):
            labels = np.full((height, width), 1 + index, dtype=np.uint8)
            labels[:, width // 2 :] = 150 - index
            labels[:5] = 0
            write_sample(tmp_path / 'data', split, index, labels)
    # A short path: MMEngine formats each config it dumps, and long strings cost the formatter seconds.
    monkeypatch.chdir(tmp_path)
    return Path('data')


@pytest.fixture
def work_dir(data):
    Path('runs').mkdir()
    return Path('runs')


def test_linear_paper(data, work_dir):
    cfg = load_config('ade20k/linear_paper.py', data)
    checkpoint, metrics = cycle(cfg, work_dir)
    assert set(checkpoint['state_dict']) == {'decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'}
    assert metrics['n_evaluated'] == 2
    assert 0 <= metrics['mIoU'] <= 100


def test_linear_paper_learns_what_colours_tell(data, work_dir):
    cfg = load_config('ade20k/linear_paper.py', data, train_cfg=dict(max_epochs=10))
    runner = build_runner(cfg, work_dir / 'run')
    runner.train()
    assert runner.test()['aAcc'] > 50


def test_linear_released(data, work_dir):
    checkpoint, metrics = cycle(load_config('ade20k/linear_released.py', data), work_dir)
    assert set(checkpoint['state_dict']) == {'decode_head.conv_seg.weight', 'decode_head.conv_seg.bias'}
    assert checkpoint['best_epoch']['state_dict'].keys() == checkpoint['state_dict'].keys()
    assert metrics['n_evaluated'] == 2


def test_linear_released_squashes_masks_in_testing_and_subtracts_the_deviation(data, work_dir):
    cfg = load_config('ade20k/linear_released.py', data)
    runner = build_runner(cfg, work_dir / 'run')
    test = runner.build_dataloader(cfg.test_dataloader).dataset[0]
    assert test['data_samples'].gt_sem_seg.shape == (224, 224)
    (predicted,) = runner.model.test_step({key: [value] for key, value in test.items()})
    assert predicted.pred_sem_seg.shape == (224, 224)
    with Image.open(data / 'ade/ADEChallengeData2016/images/validation/ADE_valid_00000000.jpg') as image:
        mean = np.array(image).astype(float).mean(axis=(0, 1)) / 255
    deviation = np.array([0.22861765, 0.22948039, 0.24054667])
    found = runner.model.data_preprocessor({key: [value] for key, value in test.items()}, training=False)['inputs']
    np.testing.assert_allclose(found[0].mean(dim=(1, 2)).cpu(), (mean - deviation) / deviation, atol=0.05)
    train = runner.build_dataloader(cfg.train_dataloader).dataset[0, 0]
    assert train['inputs'].shape == (3, 224, 224)
    assert set(train['data_samples'].gt_sem_seg.data.unique().tolist()) <= {0, 149, 255}


def test_linear_paper_squashes_training_masks_and_keeps_those_of_testing(data, work_dir):
    cfg = load_config('ade20k/linear_paper.py', data)
    runner = build_runner(cfg, work_dir / 'run')
    train = runner.build_dataloader(cfg.train_dataloader).dataset[0, 0]
    assert train['inputs'].shape == (3, 224, 224)
    assert train['data_samples'].gt_sem_seg.shape == (224, 224)
    # 0 is ignored, 1 becomes 0, 150 becomes 149.
    assert train['data_samples'].gt_sem_seg.data.unique().tolist() in ([0, 149, 255], [0, 149])  # of a random part
    test = runner.build_dataloader(cfg.test_dataloader).dataset[0]
    assert test['inputs'].shape == (3, 224, 224)
    assert test['data_samples'].gt_sem_seg.shape == SIZES['validation'][0]
    (predicted,) = runner.model.test_step({key: [value] for key, value in test.items()})
    assert predicted.pred_sem_seg.shape == SIZES['validation'][0]


def test_an_unknown_label_is_refused(data, work_dir):
    write_sample(data, 'training', 0, np.full((70, 90), 151, dtype=np.uint8))
    cfg = load_config('ade20k/linear_paper.py', data)
    with pytest.raises(DataError, match='ADE_train_00000000.png holds the labels 150'):
        build_runner(cfg, work_dir / 'run').train()


SMALL = dict(
    train_dataloader=dict(
        dataset=dict(dataset=dict(dataset=dict(pipeline={'3': dict(scale=(256, 64)), '4': dict(crop_size=(64, 64))})))
    ),
    held_out_dataloader=dict(dataset=dict(share=0.25, dataset=dict(pipeline={'1': dict(scale=(256, 64))}))),
    test_dataloader=dict(dataset=dict(pipeline={'1': dict(scale=(256, 64))})),
    model=dict(data_preprocessor=dict(size=(64, 64)), test_cfg=dict(crop_size=(64, 64), stride=(43, 43))),
)


def test_linear_standard(data, work_dir):
    # Patches of 14 do not tile windows of 64 px.
    cfg = load_config('ade20k/linear_standard.py', data, patch_size=14, **SMALL)
    cfg.train_dataloader.dataset.dataset.share = 0.25
    checkpoint, metrics = cycle(cfg, work_dir)
    assert {key.split('.')[0] for key in checkpoint['state_dict']} == {'decode_head'}
    assert metrics['n_evaluated'] == 2

    sweep = json.loads((work_dir / 'resumed' / 'sweep.json').read_text())
    assert len(sweep['heads']) == 10
    assert sweep['chosen'] == max(sweep['heads'], key=lambda head: head['value'])['name']
    chosen = int(checkpoint['state_dict']['decode_head.chosen'])
    assert sweep['heads'][chosen]['name'] == sweep['chosen']


def test_linear_standard_schedule_is_the_published_one(data, work_dir):
    cfg = load_config('ade20k/linear_standard.py', data)
    iterations = math.floor(0.9 * 20210) // 16
    assert abs(35 * iterations - 40_000) < iterations
    assert abs(cfg.param_scheduler[0].end * iterations - 1500) < 2


def test_training_images_are_padded_to_whole_patches(data, work_dir):
    cfg = load_config('ade20k/linear_standard.py', data, patch_size=14, **SMALL)
    runner = build_runner(cfg, work_dir / 'run')
    batch = next(iter(runner.build_dataloader(cfg.train_dataloader)))
    padded = runner.model.data_preprocessor(batch, training=True)
    assert padded['inputs'].shape[-2:] == (70, 70)
    for sample in padded['data_samples']:
        assert (sample.gt_sem_seg.data[:, 64:] == 255).all()
        assert (sample.gt_sem_seg.data[:, :, 64:] == 255).all()


def test_finetune(data, work_dir):
    small = dict(SMALL, train_dataloader=dict(dataset=SMALL['train_dataloader']['dataset']['dataset']))
    del small['held_out_dataloader']
    cfg = load_config('ade20k/finetune.py', data, patch_size=14, **small)
    cfg.model.decode_head.channels = cfg.model.auxiliary_head.channels = 8
    checkpoint, metrics = cycle(cfg, work_dir)
    state = checkpoint['state_dict']
    assert {key.split('.')[0] for key in state} == {'backbone', 'neck', 'decode_head', 'auxiliary_head'}
    assert metrics['n_evaluated'] == 2

    runner = build_runner(cfg, work_dir / 'again')
    before = runner.model.backbone.state_dict()
    moved = {key for key in before if not torch.equal(before[key], state[f'backbone.{key}'])}
    assert {'vit.patch_embed.proj.weight', 'vit.blocks.0.attn.qkv.weight', 'vit.blocks.3.mlp.fc2.weight'} <= moved
    assert runner.model.backbone.out_indices == (0, 1, 2, 3)


def test_finetune_moves_earlier_blocks_less(data, work_dir):
    runner = build_runner(load_config('ade20k/finetune.py', data), work_dir / 'run')
    wrapper = runner.build_optim_wrapper(runner.cfg.optim_wrapper)
    rates = {group['param_name']: group['lr'] for group in wrapper.optimizer.param_groups}
    assert rates['decode_head.conv_seg.weight'] == pytest.approx(1e-4)
    assert rates['backbone.vit.blocks.3.attn.qkv.weight'] == pytest.approx(1e-4 * 0.65)
    assert rates['backbone.vit.blocks.0.attn.qkv.weight'] == pytest.approx(1e-4 * 0.65**4)
    assert rates['backbone.vit.pos_embed'] == pytest.approx(1e-4 * 0.65**5)
    # What has one dimension, CLS and position embedding do not decay, as in the recipes of BEiT and MAE.
    decays = {group['param_name']: group['weight_decay'] for group in wrapper.optimizer.param_groups}
    shapes = {name: value.ndim for name, value in runner.model.named_parameters()}
    exempt = {'backbone.vit.cls_token', 'backbone.vit.pos_embed'}
    for name, decay in decays.items():
        assert decay == (0 if shapes[name] == 1 or name in exempt else 0.05), name


def test_finetune_reads_the_blocks_and_has_the_width_of_beit_and_mae():
    cfg = Config.fromfile(CONFIGS / 'ade20k/finetune.py')
    cfg.backbone = dict(type='singer_mm.TimmViT', model_name='vit_base_patch16_224')
    resolve_backbone(cfg)
    assert cfg.model.backbone.out_indices == [3, 5, 7, 11]
    assert cfg.model.decode_head.channels == 768
