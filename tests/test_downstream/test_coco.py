"""The detection configs on a COCO folder of a few images: load, train, save, resume, test."""

import json

import numpy as np
import pytest
import torch
from mmdet.datasets import CocoDataset
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.config import Config, ConfigDict
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from PIL import Image
from pycocotools import mask as coco_mask
from test_downstream.dense_cycle import CONFIGS, MINI_CONFIGS, build_runner, cycle

from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.engine.config.config_check import check_config
from singer_mm.models.backbones.windowed_vit import WindowedViT

pytestmark = pytest.mark.slow

NAMES = ('frozen_maskrcnn', 'finetune_maskrcnn')
SIZE = 96
UNUSED_IDS = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
IDS = [number for number in range(1, 91) if number not in UNUSED_IDS]
CATEGORIES = [dict(id=number, name=name) for number, name in zip(IDS, CocoDataset.METAINFO['classes'], strict=True)]


def rectangle(number, image, category, x, y, width, height):
    polygon = [x, y, x + width, y, x + width, y + height, x, y + height]
    return dict(
        id=number,
        image_id=image,
        category_id=category,
        bbox=[x, y, width, height],
        area=width * height,
        iscrowd=0,
        segmentation=[polygon],
    )


def crowd(number, image):
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8, order='F')
    mask[60:90, 10:80] = 1
    rle = coco_mask.encode(mask)
    return dict(
        id=number,
        image_id=image,
        category_id=1,
        bbox=[10, 60, 70, 30],
        area=2100,
        iscrowd=1,
        segmentation=dict(size=rle['size'], counts=rle['counts'].decode()),
    )


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Five images for training, one of them without annotations, and three for testing."""
    root = tmp_path_factory.mktemp('data')
    generator = np.random.default_rng(0)
    (root / 'coco/annotations').mkdir(parents=True)
    for split, count in (('train', 5), ('val', 3)):
        folder = root / 'coco' / f'{split}2017'
        folder.mkdir()
        annotations = [rectangle(1, 1, 90, 5, 5, 40, 30), crowd(2, 1), rectangle(3, 2, 3, 50, 50, 6, 6)]
        annotations += [rectangle(number, number - 1, 88, 10, 20, 30, 60) for number in range(4, count + 1)]
        for number in range(1, count + 1):
            pixels = generator.integers(0, 100, (SIZE, SIZE, 3), dtype=np.uint8)
            for item in annotations:
                if item['image_id'] == number:
                    x, y, width, height = item['bbox']
                    pixels[y : y + height, x : x + width] += 150
            Image.fromarray(pixels).save(folder / f'{number}.jpg')
        images = [dict(id=number, file_name=f'{number}.jpg', width=SIZE, height=SIZE) for number in range(1, count + 1)]
        content = dict(images=images, annotations=annotations, categories=CATEGORIES)
        (root / f'coco/annotations/instances_{split}2017.json').write_text(json.dumps(content))
    return root


def load_config(name, data, patch_size=16, mini=True):
    torch.manual_seed(0)
    cfg = Config.fromfile((MINI_CONFIGS if mini else CONFIGS) / f'coco/{name}.py')
    cfg.backbone = dict(
        model_name='vit_tiny_patch16_224', embed_dim=24, depth=6, num_heads=3, patch_size=patch_size, img_size=64
    )
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    use_data(cfg, str(data))
    resolve_backbone(cfg)
    cfg.train_cfg.max_epochs = 2
    cfg.total_batch_size, cfg.max_batch_per_gpu = 2, None
    cfg.param_scheduler[0].end = 2  # of four iterations
    for dataset in (cfg.train_dataloader.dataset.dataset, cfg.test_dataloader.dataset):
        for step in dataset.pipeline:
            if 'scale' in step:
                step.scale = (SIZE, SIZE)
    # Narrow heads: what is tested here does not depend on their width.
    width, roi_head = 16, cfg.model.roi_head
    cfg.model.neck.out_channels = width
    cfg.model.rpn_head.update(in_channels=width, feat_channels=width)
    for extractor in (roi_head.bbox_roi_extractor, roi_head.mask_roi_extractor):
        extractor.out_channels = width
    roi_head.bbox_head.update(in_channels=width, fc_out_channels=32)
    if 'conv_out_channels' in roi_head.bbox_head:
        roi_head.bbox_head.conv_out_channels = width
    roi_head.mask_head.update(in_channels=width, conv_out_channels=width)
    cfg.model.train_cfg.rcnn.sampler.num = 16
    cfg.model.train_cfg.rpn_proposal.max_per_img = 50
    cfg.model.test_cfg.rpn.max_per_img = 50
    cfg.log_level = 'ERROR'
    return cfg


@pytest.fixture
def work_dir(tmp_path):
    (tmp_path / 'runs').mkdir()
    return tmp_path / 'runs'


@pytest.mark.parametrize(
    ('name', 'patch_size', 'mini'), [(NAMES[0], 14, True), (NAMES[0], 14, False), (NAMES[1], 16, True)]
)
def test_train_save_resume_test(data, work_dir, name, patch_size, mini):
    cfg = load_config(name, data, patch_size, mini)
    checkpoint, metrics = cycle(cfg, work_dir)
    has_backbone = any(key.startswith('backbone.') for key in checkpoint['state_dict'])
    assert has_backbone == (name == 'finetune_maskrcnn')
    # The image without annotations is not trained on: 4 remain, in 2 batches, 2 epochs.
    assert checkpoint['meta']['iter'] == 4
    assert metrics['n_evaluated'] == 3
    for key in ('bbox_mAP', 'bbox_mAP_50', 'segm_mAP', 'segm_mAP_50'):
        assert 0 <= metrics[f'coco/{key}'] <= 1


def test_an_untrained_detector_that_finds_nothing_is_reported_as_zero(data, work_dir):
    cfg = load_config('frozen_maskrcnn', data)
    cfg.model.test_cfg.rcnn.score_thr = 0.99
    metrics = build_runner(cfg, work_dir / 'run').test()
    assert (metrics['coco/bbox_mAP'], metrics['coco/segm_mAP'], metrics['n_evaluated']) == (0.0, 0.0, 3)


@pytest.mark.parametrize('name', NAMES)
def test_shipped_config_passes_the_check_and_keeps_the_class_space(data, name):
    cfg = load_config(name, data)
    check_config(cfg)
    assert cfg.model.roi_head.bbox_head.num_classes == cfg.model.roi_head.mask_head.num_classes == 80
    assert cfg.test_evaluator[0].type == 'singer_mm.CocoMetricWithZeros'
    assert cfg.test_evaluator[-1].type == 'singer_mm.PredictionRecorder'
    assert 'Pad' not in [step.type for step in cfg.test_dataloader.dataset.pipeline]


@pytest.mark.parametrize('name', NAMES)
def test_mini_changes_nothing_but_schedule_batch_scale_workers_and_the_frozen_detector(name):
    def leaves(value, path=()):
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return {key: leaf for name, child in items for key, leaf in leaves(child, (*path, name)).items()} or {
            path: value
        }

    full, mini = (Config.fromfile(folder / f'coco/{name}.py').to_dict() for folder in (CONFIGS, MINI_CONFIGS))
    assert (full.pop('model') != mini.pop('model')) == (name == 'frozen_maskrcnn')
    kept = ('train_dataloader', 'test_dataloader', 'test_evaluator', 'train_cfg', 'optim_wrapper', 'param_scheduler')
    full, mini = (leaves({key: cfg[key] for key in kept}) for cfg in (full, mini))
    changed = {str(path[-1]) for path in {*full, *mini} if full.get(path) != mini.get(path)}
    assert changed <= {'max_epochs', 'end', 'T_max', 'lr', 'num_workers', *'0123'} | {'scale', 'crop_size'}


@pytest.mark.parametrize('patch_size', [14, 16])
@pytest.mark.parametrize(
    ('name', 'mini', 'num_levels'),
    [('frozen_maskrcnn', False, 5), ('frozen_maskrcnn', True, 1), ('finetune_maskrcnn', True, 5)],
)
def test_images_are_padded_to_whole_patches_and_levels_fit_the_anchors(data, name, mini, num_levels, patch_size):
    cfg = load_config(name, data, patch_size, mini)
    init_default_scope('mmdet')
    model = MODELS.build(cfg.model).eval()
    images = [torch.zeros(3, 90, 61, dtype=torch.uint8), torch.zeros(3, 75, 100, dtype=torch.uint8)]
    padded = model.data_preprocessor(dict(inputs=images, data_samples=None))['inputs']
    assert tuple(padded.shape) == {14: (2, 3, 98, 112), 16: (2, 3, 96, 112)}[patch_size]
    levels = model.extract_feat(padded)
    strides = [stride[0] for stride in model.rpn_head.prior_generator.strides]
    assert strides == ([patch_size] if num_levels == 1 else [4, 8, 16, 32, 64])
    for level, stride in zip(levels, strides, strict=True):
        assert [-(-side // stride) for side in padded.shape[-2:]] == list(level.shape[-2:])
    regions = [model.roi_head.bbox_roi_extractor, model.roi_head.mask_roi_extractor]
    assert all(extractor.featmap_strides == strides[:4] for extractor in regions)


@pytest.mark.parametrize('patch_size', [14, 16])
def test_the_only_map_has_anchors_of_all_sizes_in_the_middle_of_its_cells(data, patch_size):
    cfg = load_config('frozen_maskrcnn', data, patch_size)
    init_default_scope('mmdet')
    model = MODELS.build(cfg.model)
    anchors = model.rpn_head.prior_generator.grid_priors([(2, 3)], device='cpu')[0].reshape(6, 15, 4)
    sizes = ((anchors[..., 2] - anchors[..., 0]) * (anchors[..., 3] - anchors[..., 1])).sqrt()
    assert sizes[0].unique().round().unique().tolist() == [32, 64, 128, 256, 512]
    centres = (anchors[..., :2] + anchors[..., 2:]) / 2
    last_cell = torch.tensor([2.5, 1.5]) * patch_size
    # Half a cell is 7 pixels with patches of 14, for which the anchors' centre of 8 is close enough.
    assert (centres[-1] - last_cell).abs().max() <= 1.001


def test_bfloat16_stays_in_the_trunk(data):
    cfg = load_config('frozen_maskrcnn', data)
    cfg.model.backbone.autocast = 'bfloat16'
    init_default_scope('mmdet')
    model = MODELS.build(cfg.model).eval()
    with torch.no_grad():
        assert all(level.dtype == torch.float32 for level in model.extract_feat(torch.randn(1, 3, 96, 96)))
        # RPN's nms and RoIAlign have no bfloat16 kernels on the CPU.
        model.predict(torch.randn(1, 3, 96, 96), [_sample()])


def _sample():
    shape = dict(img_shape=(96, 96), ori_shape=(96, 96), scale_factor=(1.0, 1.0), batch_input_shape=(96, 96))
    return DetDataSample(metainfo=dict(shape, pad_shape=(96, 96)))


def test_vitdet_decays_learning_rates_by_layer(data):
    cfg = load_config('finetune_maskrcnn', data)
    init_default_scope('mmdet')
    model = MODELS.build(cfg.model)
    assert isinstance(model.backbone, WindowedViT)
    assert model.backbone.window_size == 14
    assert len(model.backbone.global_blocks) == 4
    wrapper = build_optim_wrapper(model, ConfigDict(cfg.optim_wrapper))
    groups = {group['param_name']: group for group in wrapper.optimizer.param_groups}
    rates = {
        'backbone.vit.pos_embed': 1e-4 * 0.7**7,
        'backbone.vit.blocks.0.attn.qkv.weight': 1e-4 * 0.7**6,
        'backbone.vit.blocks.5.mlp.fc1.weight': 1e-4 * 0.7,
        'backbone.vit.norm.weight': 1e-4,
        'neck.convs.0.0.weight': 1e-4,
        'roi_head.mask_head.conv_logits.weight': 1e-4,
    }
    assert {name: groups[name]['lr'] for name in rates} == pytest.approx(rates)
    undecayed = {name for name, group in groups.items() if group['weight_decay'] == 0}
    assert {'backbone.vit.pos_embed', 'backbone.vit.blocks.0.norm1.weight', 'neck.convs.0.1.weight'} <= undecayed
    assert not {'backbone.vit.blocks.0.attn.qkv.weight', 'neck.convs.0.0.weight'} & undecayed
