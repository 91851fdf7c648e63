# Linear depth as DINOv2 and DINOv3 measure it (lin.1 and lin.4): normalised tokens of the last or the last four
# blocks, CLS concatenated to every patch, enlarged four times, 256 uniform bins, relu and a linear normalisation,
# SigLoss; crops of 416x544, rotation by up to 2.5 degrees, flips (their colour jitter of 10 % is left out);
# predictions are averaged over both directions. Learning rates and blocks are compared on a tenth of the training
# set; the test set is touched once. Patches of 14 tile neither 416x544 nor 480x640: batches are padded (depth with 0,
# which does not count), and so is each test image.
_base_ = ['../_base_/mmseg.py', '../_base_/datasets/nyud.py']
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.datasets.hold_out',
        'singer_mm.datasets.transforms.check_depth_map',
        'singer_mm.engine.hooks.sweep_hook',
        'singer_mm.engine.optim.group_clip_optim_wrapper',
        'singer_mm.engine.optim.sweep_constructor',
        'singer_mm.evaluation.metrics.depth_metric_per_image',
        'singer_mm.evaluation.metrics.prediction_recorder',
        'singer_mm.models.heads.linear_depth_head',
        'singer_mm.models.heads.sweep_decode_head',
        'singer_mm.models.losses.sig_loss',
        'singer_mm.models.segmentors.patch_depth_estimator',
    ],
    allow_failed_imports=False,
)

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
        frozen=True,
        out_type='cls_and_map',
        out_indices=[-4, -3, -2, -1],
        final_norm=True,
        dynamic_img_size=True,
    ),
    decode_head=dict(
        type='singer_mm.SweepDecodeHead',
        in_channels='backbone.out_channels',
        # DINOv3 trains one head, with 3e-4.
        learning_rates=[1e-4, 3e-4, 1e-3, 3e-3],
        blocks=[1, 4],
        head=dict(
            type='singer_mm.LinearDepthHead',
            bins=256,
            min_depth=0.001,
            max_depth=10.0,
            upsample=4,
            loss_decode=dict(type='singer_mm.SigLoss', max_depth=10.0),
        ),
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
train_dataloader = dict(
    batch_size=16,
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='singer_mm.HoldOut',
            part='train',
            dataset=dict(
                type='NYUDataset',
                data_root='data/nyu',
                data_prefix=dict(img_path='images/train', depth_map_path='annotations/train'),
                pipeline=train_pipeline,
            ),
        )
    ),
)
held_out_dataloader = dict(
    batch_size=1,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='singer_mm.HoldOut',
        part='held_out',
        dataset=dict(
            type='NYUDataset',
            data_root='data/nyu',
            data_prefix=dict(img_path='images/train', depth_map_path='annotations/train'),
            pipeline=test_pipeline,
        ),
    ),
)
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(
        type='singer_mm.SweepHook',
        dataloader='held_out_dataloader',
        evaluator=dict(
            type='singer_mm.DepthMetricPerImage', min_depth_eval=0.001, max_depth_eval=10.0, crop_type='nyu_crop'
        ),
        key='rmse',
        rule='less',
    ),
]

# Published: 38,400 iterations of 16 images, one cycle: up to the rate in the first third, cosine to almost nothing.
# mmengine's OneCycleLR knows one rate for all parameters, hence the two schedulers. Ours: 21,808 of the 24,231 images
# / 16 = 1,363 iterations per epoch; 28 epochs are 38,164, and 9.3 epochs a third. On 8 GPUs set
# train_dataloader.batch_size=2. Gradients are clipped for each head by itself.
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=28)
optim_wrapper = dict(
    type='singer_mm.GroupClipOptimWrapper',
    max_norm=35.0,
    constructor='singer_mm.SweepOptimWrapperConstructor',
    optimizer=dict(type='AdamW', weight_decay=0.01),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, by_epoch=True, begin=0, end=9.3, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=4e-6, by_epoch=True, begin=9.3, convert_to_iter_based=True),
]

# On the miniature dataset.
mini = dict(
    train_cfg=dict(max_epochs=6),
    param_scheduler={'0': dict(end=2), '1': dict(begin=2)},
    train_dataloader=dict(
        batch_size=4,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(
            dataset=dict(dataset=dict(pipeline={'3': dict(scale=(320, 240)), '6': dict(crop_size=(208, 272))}))
        ),
    ),
    held_out_dataloader=dict(num_workers=0, dataset=dict(dataset=dict(pipeline={'1': dict(scale=(320, 240))}))),
    test_dataloader=dict(num_workers=0, persistent_workers=False, dataset=dict(pipeline={'1': dict(scale=(320, 240))})),
    model=dict(test_cfg=dict(crop_size=(240, 320), stride=(240, 320))),
)
