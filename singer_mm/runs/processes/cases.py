"""The trainings that are repeated with other numbers of processes."""

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

TOTAL_BATCH = 8
STEPS = 5
RATE = 0.01
NEIGHBOURS = 24
TEST_IMAGES = 7
"""An odd number, so that two, four or eight processes get unequal shares."""

_VIT = dict(model_name='vit_tiny_patch16_224', num_heads=3, dynamic_img_size=True)
TEACHER = dict(_VIT, type='TimmViT', embed_dim=48, depth=6)
STUDENT = dict(_VIT, type='TimmViT', embed_dim=24, depth=4)
BACKBONE = dict(_VIT, embed_dim=24, depth=4)


@dataclass(frozen=True)
class Case:
    """A shipped config with networks of a few thousand weights and without random numbers of each process.

    Drop path, dropout and mixup are off, because each process has its own random numbers. Crops, flips, colours and
    ViTKD's masks are on, because they depend on the image. The learning rate is constant, because a warm-up would
    hardly move the weights in five steps. SGD with momentum replaces AdamW.

    Attributes:
        name: Name in tables.
        config: Path below ``configs/``.
        options: Changes of the config, by dotted key.
        frozen_norms: Let batch norms use their running statistics: without GPUs there is no SyncBN.
        tolerance: Largest difference of losses (relative) and weights (absolute) that counts as equal.
        reason: Why the tolerance is larger than that of summation in another order.
    """

    name: str
    config: str
    options: dict[str, Any] = field(default_factory=dict)
    frozen_norms: bool = False
    tolerance: float = 1e-5
    reason: str = ''

    def load(self, configs: Path, data: Path) -> Config:
        """Return the config of five steps of eight images; ``configs`` and ``data`` are the folders of these names."""
        cfg = Config.fromfile(configs / self.config)
        cfg.merge_from_dict(copy.deepcopy(self.options))
        cfg.data_folder = str(data)
        cfg.total_batch_size, cfg.max_batch_per_gpu = TOTAL_BATCH, None
        cfg.allow_random_teacher = True
        cfg.param_scheduler, cfg.auto_scale_lr = None, None
        _use_sgd(cfg)
        cfg.val_dataloader = cfg.val_cfg = cfg.val_evaluator = None
        if cfg.get('train_dataloader'):
            cfg.train_dataloader.update(num_workers=0, pin_memory=False)
            cfg.train_cfg.max_epochs = STEPS
        for key, number in (('train', TOTAL_BATCH), ('held_out', TOTAL_BATCH), ('test', TEST_IMAGES)):
            if cfg.get(f'{key}_dataloader'):
                cfg[f'{key}_dataloader'].num_workers = 0
                _few_images(cfg[f'{key}_dataloader'].dataset, number)
        neighbours = (cfg.get('test_cfg') or {}).get('train_dataloader')
        if neighbours:
            _few_images(neighbours.dataset, NEIGHBOURS)
        if 'backbone' in cfg:
            cfg.backbone = dict(BACKBONE)
        cfg.log_level = 'WARNING'
        cfg.default_hooks.checkpoint = None
        return cfg


def _use_sgd(cfg: Config) -> None:
    """Replace AdamW in place: its first steps amplify the rounding errors of gradients that are zero in theory."""
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer')
    if optimizer and optimizer.type == 'AdamW':
        # A sweep has its learning rates in the head.
        rate = dict(lr=RATE) if 'lr' in optimizer else {}
        cfg.optim_wrapper.optimizer = dict(type='SGD', momentum=0.9, weight_decay=optimizer.weight_decay, **rate)


def _few_images(dataset: Any, number: int) -> None:
    """Limit an epoch to ``number`` images; a dataset with a held-out part gets twice as many before the split."""
    while 'dataset' in dataset:
        if dataset.type.endswith('HoldOut'):
            number, dataset.share = 2 * number, 0.5
        dataset = dataset.dataset
    dataset.indices = number


_DISTILLATION = {
    'model.teacher': dict(TEACHER, _delete_=True),
    'model.student': dict(STUDENT, _delete_=True),
    'train_dataloader.dataset.data_root': 'data/imagenet/train',
    'train_dataloader.dataset.pipeline.1.size': 64,
    'custom_hooks': [],
}
_SINGER = {**_DISTILLATION, 'model.teacher_layers': [3, 5], 'model.refiner.rank': 6}
_SEGMENTOR = {
    'model.decode_head.channels': 16,
    'model.decode_head.dropout_ratio': 0.0,
    'model.backbone.drop_path_rate': 0.0,
}
_DETECTOR = {
    'model.neck.out_channels': 16,
    'model.rpn_head.in_channels': 16,
    'model.rpn_head.feat_channels': 16,
    'model.roi_head.bbox_roi_extractor.out_channels': 16,
    'model.roi_head.mask_roi_extractor.out_channels': 16,
    'model.roi_head.bbox_head.in_channels': 16,
    'model.roi_head.bbox_head.fc_out_channels': 32,
    'model.roi_head.mask_head.in_channels': 16,
    'model.roi_head.mask_head.conv_out_channels': 16,
    # All regions instead of a random sample.
    'model.train_cfg.rpn.sampler.num': 10**6,
    'model.train_cfg.rcnn.sampler.num': 10**6,
    'model.train_cfg.rpn_proposal.max_per_img': 100,
    'model.test_cfg.rpn.max_per_img': 100,
    'model.test_cfg.rcnn.score_thr': 0.0,
    'model.test_cfg.rcnn.max_per_img': 20,
}
_AVERAGES = 'MMDetection averages the losses of regions over those of one micro-batch, whose number varies'

CASES = (
    Case('SiNGER', 'singer/vitl_vitt.py', _SINGER),
    Case('SiNGER, channel', 'singer/vitl_vitt.py', {**_SINGER, 'model.loss_kd.normalization': 'channel'}),
    Case(
        'ViTKD',
        'vitkd/vitl_vitt.py',
        {**_DISTILLATION, 'model.teacher_layers': [0, 1, 5], 'model.student_layers': [0, 1, 3]},
    ),
    Case(
        'ViTKD, released',
        'vitkd/vitl_vitt_released.py',
        {**_DISTILLATION, 'model.teacher_layers': [0, 2, 5], 'model.student_layers': [0, 1, 3]},
    ),
    Case('logits', 'logits/vitl_vitt.py', _DISTILLATION),
    Case(
        'task: classification',
        'mini/task/classification_vitl_vitt.py',
        {
            'model.distiller.teacher': dict(TEACHER, _delete_=True),
            'model.distiller.teacher_layers': [3, 5],
            'model.distiller.refiner': dict(type='NullspaceAdapter', rank=6),
            'model.distiller.loss_kd': dict(type='KDLoss', normalization='channel'),
            'custom_hooks': [],
        },
    ),
    Case('imagenet1k/knn', 'mini/imagenet1k/knn.py'),
    Case('imagenet1k/linear_paper', 'mini/imagenet1k/linear_paper.py'),
    Case('imagenet1k/linear_released', 'mini/imagenet1k/linear_released.py'),
    Case(
        'imagenet1k/linear_standard',
        'mini/imagenet1k/linear_standard.py',
        {'model.head.learning_rates': [1e-3, 1e-2], 'model.head.blocks': [1, 4]},
    ),
    Case(
        'imagenet1k/finetune',
        'mini/imagenet1k/finetune.py',
        {'model.backbone.drop_path_rate': 0.0, 'model.train_cfg': None},
    ),
    Case('ade20k/linear_paper', 'mini/ade20k/linear_paper.py'),
    Case('ade20k/linear_released', 'mini/ade20k/linear_released.py'),
    Case(
        'ade20k/linear_standard',
        'mini/ade20k/linear_standard.py',
        {'model.decode_head.learning_rates': [1e-3, 1e-2], 'model.decode_head.head.dropout_ratio': 0.0},
        frozen_norms=True,
    ),
    Case(
        'ade20k/finetune',
        'mini/ade20k/finetune.py',
        {
            **_SEGMENTOR,
            'model.auxiliary_head.channels': 16,
            'model.auxiliary_head.dropout_ratio': 0.0,
        },
        frozen_norms=True,
    ),
    Case('nyud/linear_paper', 'mini/nyud/linear_paper.py'),
    Case('nyud/linear_released', 'mini/nyud/linear_released.py'),
    Case(
        'nyud/linear_standard_dinov2',
        'mini/nyud/linear_standard_dinov2.py',
        {'model.decode_head.learning_rates': [1e-3, 1e-2]},
    ),
    Case(
        'nyud/linear_standard_dinov3',
        'mini/nyud/linear_standard_dinov3.py',
        {'model.decode_head.learning_rates': [1e-3, 1e-2]},
        frozen_norms=True,
    ),
    Case('nyud/finetune', 'mini/nyud/finetune.py', _SEGMENTOR, frozen_norms=True),
    Case(
        'coco/frozen_maskrcnn',
        'downstream/coco/frozen_maskrcnn.py',  # the miniature has one level instead of a pyramid
        {
            **_DETECTOR,
            'train_dataloader.dataset.dataset.pipeline.2.scale': (320, 240),
            'test_dataloader.dataset.pipeline.1.scale': (320, 240),
        },
        tolerance=0.03,
        reason=_AVERAGES,
    ),
    Case(
        'coco/finetune_maskrcnn',
        'mini/coco/finetune_maskrcnn.py',
        {**_DETECTOR, 'model.backbone.drop_path_rate': 0.0, 'model.roi_head.bbox_head.conv_out_channels': 16},
        tolerance=0.03,
        reason=_AVERAGES,
    ),
)
