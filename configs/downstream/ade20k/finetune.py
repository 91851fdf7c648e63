# UPerNet on the whole network, as BEiT and MAE fine-tune it: maps of the blocks at a quarter, a half, three quarters
# and the end of the depth become a pyramid of strides 4 to 32 (for patches of 16); crops of 512 px; sliding windows
# in testing. Patches of 14 do not tile 512 px: batches are padded to 518 (masks with 255), and so is each window.
_base_ = ['../_base_/mmseg.py', '../_base_/datasets/ade20k.py']
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.datasets.transforms.check_label_map',
        'singer_mm.engine.optim.layer_decay_constructor',
        'singer_mm.evaluation.metrics.prediction_recorder',
        'singer_mm.models.segmentors.patch_encoder_decoder',
    ],
    allow_failed_imports=False,
)

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='singer_mm.PatchEncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean='backbone.mean',
        std='backbone.std',
        bgr_to_rgb=True,
        size_divisor='backbone.patch_size',
        seg_pad_val=255,
    ),
    backbone=dict(
        type='singer_mm.TimmViT',
        frozen=False,
        out_type='feat_map',
        out_indices='backbone.quarter_layers',
        final_norm=False,
        dynamic_img_size=True,
        drop_path_rate=0.1,
    ),
    neck=dict(type='Feature2Pyramid', embed_dim='backbone.out_channels', rescales=[4, 2, 1, 0.5], norm_cfg=norm_cfg),
    decode_head=dict(
        type='UPerHead',
        in_channels=['backbone.out_channels'] * 4,
        in_index=[0, 1, 2, 3],
        pool_scales=(1, 2, 3, 6),
        channels=512,
        dropout_ratio=0.1,
        num_classes=150,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
    auxiliary_head=dict(
        type='FCNHead',
        in_channels='backbone.out_channels',
        in_index=2,
        channels=256,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=150,
        norm_cfg=norm_cfg,
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4),
    ),
    test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(341, 341)),
)

train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='RandomResize', scale=(2048, 512), ratio_range=(0.5, 2.0), keep_ratio=True),
    dict(type='RandomCrop', crop_size=(512, 512), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(2048, 512), keep_ratio=True),
    # After the resize, so that masks keep their size.
    dict(type='LoadAnnotations'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
train_dataloader = dict(batch_size=16, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# Published: 160,000 iterations of 16 images, of which 1,500 warm up. Ours: 20,210 images / 16 = 1,263 iterations per
# epoch; 127 epochs are 160,401, and 1.19 epochs 1,502. On 8 GPUs set train_dataloader.batch_size=2.
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=127)
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='singer_mm.LayerDecayConstructor',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(layer_decay_rate=0.75, norm_decay_mult=0.0, custom_keys={'.pos_embed': dict(decay_mult=0.0)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, by_epoch=True, begin=0, end=1.19, convert_to_iter_based=True),
    dict(type='PolyLR', power=1.0, eta_min=0.0, by_epoch=True, begin=1.19, convert_to_iter_based=True),
]

# On the miniature dataset.
mini = dict(
    train_cfg=dict(max_epochs=4),
    train_dataloader=dict(
        batch_size=4,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(dataset=dict(pipeline={'3': dict(scale=(896, 224)), '4': dict(crop_size=(224, 224))})),
    ),
    test_dataloader=dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline={'1': dict(scale=(896, 224))})),
    model=dict(test_cfg=dict(crop_size=(224, 224), stride=(149, 149))),
)
