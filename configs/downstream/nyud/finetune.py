# Depth with a decoder on the whole network: maps of the blocks at a quarter, a half, three quarters and the end of
# the depth become a pyramid, which UPerNet's decoder fuses; its last convolution yields 256 depth bins, normalised
# linearly, with SigLoss, as in linear_standard.py. Not DINOv2's DPT row, which keeps the backbone frozen. Patches of
# 14 tile neither 416x544 nor 480x640: batches are padded (depth with 0, which does not count), and so is each test
# image.
_base_ = ['../_base_/mmseg.py', '../_base_/datasets/nyud.py']
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.datasets.transforms.check_depth_map',
        'singer_mm.engine.optim.layer_decay_constructor',
        'singer_mm.evaluation.metrics.depth_metric_per_image',
        'singer_mm.evaluation.metrics.prediction_recorder',
        'singer_mm.models.heads.pyramid_depth_head',
        'singer_mm.models.losses.sig_loss',
        'singer_mm.models.segmentors.patch_depth_estimator',
    ],
    allow_failed_imports=False,
)

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='singer_mm.PatchDepthEstimator',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean='backbone.mean',
        std='backbone.std',
        bgr_to_rgb=True,
        size_divisor='backbone.patch_size',
        seg_pad_val=0,
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
        type='singer_mm.PyramidDepthHead',
        in_channels=['backbone.out_channels'] * 4,
        in_index=[0, 1, 2, 3],
        pool_scales=(1, 2, 3, 6),
        channels=256,
        dropout_ratio=0.1,
        norm_cfg=norm_cfg,
        align_corners=False,
        bins=256,
        min_depth=0.001,
        max_depth=10.0,
        loss_decode=dict(type='singer_mm.SigLoss', max_depth=10.0),
    ),
    # One window of the whole image, as it is and mirrored.
    test_cfg=dict(mode='slide_flip', crop_size=(480, 640), stride=(480, 640)),
)

meta_keys = ('img_path', 'depth_map_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='Resize', scale=(640, 480), keep_ratio=False),
    dict(type='RandomRotate', prob=0.5, degree=2.5, seg_pad_val=0),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCrop', crop_size=(416, 544)),
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(640, 480), keep_ratio=False),
    # After the resize, so that depth keeps its size.
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
train_dataloader = dict(batch_size=16, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# 24,231 images / 16 = 1,514 iterations per epoch; 25 epochs are 37,850, close to the 38,400 of the linear protocol.
# On 8 GPUs set train_dataloader.batch_size=2.
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=25)
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='singer_mm.LayerDecayConstructor',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(layer_decay_rate=0.75, norm_decay_mult=0.0, custom_keys={'.pos_embed': dict(decay_mult=0.0)}),
    clip_grad=dict(max_norm=35.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-3, by_epoch=True, begin=1, convert_to_iter_based=True),
]

# On the miniature dataset.
mini = dict(
    train_cfg=dict(max_epochs=4),
    train_dataloader=dict(
        batch_size=4,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(dataset=dict(pipeline={'3': dict(scale=(320, 240)), '6': dict(crop_size=(208, 272))})),
    ),
    test_dataloader=dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline={'1': dict(scale=(320, 240))})),
    model=dict(test_cfg=dict(crop_size=(240, 320), stride=(240, 320))),
)
