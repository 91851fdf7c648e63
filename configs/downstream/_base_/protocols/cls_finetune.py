# Fine-tuning of the whole network with mmpretrain's recipe for MAE (vit-base-p16_8xb128-coslr-100e): AdamW with
# layer-wise decay, RandAugment, random erasing, mixup or cutmix, label smoothing, drop path; 100 epochs, 5 of them
# warm-up, total batch 1,024. The head gets the CLS token after the final norm, as in supervised pre-training. The
# layer-wise decay is 0.75 instead of 0.65, because the students here are smaller than ViT-B.
_base_ = ['cls_base.py', '../training.py']

protocol = 'finetune'
model = dict(
    backbone=dict(frozen=False, final_norm=True, drop_path_rate=0.1),
    head=dict(
        loss=dict(type='LabelSmoothLoss', label_smooth_val=0.1, mode='original'),
        init_cfg=dict(type='TruncNormal', layer='Linear', std=2e-5),
    ),
    train_cfg=dict(augments=[dict(type='Mixup', alpha=0.8), dict(type='CutMix', alpha=1.0)]),
)

total_batch_size = 1024
max_batch_per_gpu = 128
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            pipeline=[
                dict(type='singer_mm.LoadUprightImage'),
                dict(type='RandomResizedCrop', scale=224, backend='pillow', interpolation='bicubic'),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(
                    type='RandAugment',
                    policies='timm_increasing',
                    num_policies=2,
                    total_level=10,
                    magnitude_level=9,
                    magnitude_std=0.5,
                    hparams=dict(pad_val=[104, 116, 124], interpolation='bicubic'),
                ),
                dict(
                    type='RandomErasing',
                    erase_prob=0.25,
                    mode='rand',
                    min_area_ratio=0.02,
                    max_area_ratio=1 / 3,
                    fill_color=[103.53, 116.28, 123.675],
                    fill_std=[57.375, 57.12, 58.395],
                ),
                dict(type='PackInputs'),
            ]
        ),
    ),
)

optim_wrapper = dict(
    type='OptimWrapper',
    constructor='LearningRateDecayOptimWrapperConstructor',
    optimizer=dict(type='AdamW', lr=2e-3, weight_decay=0.05, betas=(0.9, 0.999)),
    paramwise_cfg=dict(
        layer_decay_rate=0.75,
        # This covers norms, biases and LayerScale, which have one dimension; the parameters below have three.
        flat_decay_mult=0.0,
        custom_keys={key: dict(decay_mult=0.0) for key in ('.cls_token', '.reg_token', '.pos_embed')},
    ),
)
auto_scale_lr = dict(enable=True, base_batch_size=1024)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-4, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=1e-6, begin=5, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=100)
