# Linear segmentation as in DINOv3 and OpenMMLab: crops of 512 px from images scaled by 0.5 to 2, flips, photometric
# distortion; dropout, batch norm and a 1x1 convolution on normalised patch tokens, without CLS; sliding windows of
# 512 px in testing. For patches of 14, batches (masks with 255) and windows are padded from 512 to 518 px.
_base_ = ['../_base_/protocols/dense_linear_standard.py', '../_base_/datasets/ade20k_512.py']

model = dict(
    type='singer_mm.PatchEncoderDecoder',
    data_preprocessor=dict(size=(512, 512), seg_pad_val=255),
    backbone=dict(out_type='feat_map'),
    decode_head=dict(
        # DINOv3 trains one head, with 1e-3.
        learning_rates=[1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
        head=dict(type='singer_mm.LinearDecodeHead', num_classes=150, dropout_ratio=0.1, norm_cfg=dict(type='SyncBN')),
    ),
    test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(341, 341)),
)
train_dataloader = dict(dataset=dict(dataset=dict(dataset={{_base_.train_set}})))
held_out_dataloader = dict(dataset=dict(dataset={{_base_.held_out_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(
        type='singer_mm.SweepHook',
        dataloader='held_out_dataloader',
        evaluator=dict(type='IoUMetric', iou_metrics=['mIoU']),
        key='mIoU',
        rule='greater',
    ),
]

# Published: 40,000 iterations of 16 images, with 1,500 of warm-up. Ours: 18,189 of the 20,210 images / 16 = 1,136
# iterations per epoch; 35 epochs are 39,760, and 1.32 epochs 1,499.
train_cfg = dict(max_epochs=35)
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(weight_decay=1e-3))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=True, begin=0, end=1.32, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min=0.0, by_epoch=True, begin=1.32, convert_to_iter_based=True),
]
