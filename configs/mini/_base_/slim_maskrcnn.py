# Mask R-CNN for 104 images of about 320 x 240 pixels, 100 of them with objects: 250 iterations. A pyramid must first
# learn its upsampling, which takes longer (measured: box AP50 0.03 with a pyramid, 0.68 without). So RPN and heads use
# the single map of the backbone, after a projection. The Mask R-CNN paper does the same on a C4 map, also with 64
# regions per image. The heads are slim, so that two CPU cores are enough.
slim_maskrcnn = dict(
    neck=dict(
        _delete_=True,
        type='ChannelMapper',
        in_channels=['backbone.out_channels'],
        out_channels=256,
        kernel_size=1,
        norm_cfg=dict(type='mmpretrain.LN2d', eps=1e-6),
        act_cfg=None,
    ),
    rpn_head=dict(
        # The anchor sizes of a pyramid, 32 to 512 pixels, centred on every cell.
        anchor_generator=dict(
            scales=[2, 4, 8, 16, 32], base_sizes=[16], strides=['backbone.patch_size'], center_offset=0.5
        ),
    ),
    roi_head=dict(
        bbox_roi_extractor=dict(featmap_strides=['backbone.patch_size']),
        bbox_head=dict(fc_out_channels=512, reg_class_agnostic=True),
        mask_roi_extractor=dict(featmap_strides=['backbone.patch_size']),
        mask_head=dict(conv_out_channels=128, num_convs=2),
    ),
    train_cfg=dict(rcnn=dict(sampler=dict(num=64))),
)
mini_train_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='Resize', scale=(224, 168), keep_ratio=True),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
mini_test_pipeline = [
    dict(type='singer_mm.LoadStoredImage'),
    dict(type='Resize', scale=(224, 168), keep_ratio=True),
    dict(type='LoadAnnotations', with_bbox=True, with_mask=True),
    dict(type='PackDetInputs', meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor')),
]
# For 5 epochs.
slim_schedule = [
    dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=25),
    dict(type='CosineAnnealingLR', by_epoch=True, begin=0, end=5, T_max=5, convert_to_iter_based=True),
]
