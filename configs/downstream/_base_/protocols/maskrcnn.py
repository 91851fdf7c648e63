# MMDetection's Mask R-CNN on the last map of a ViT, with ViTDet's simple feature pyramid and the optimizer of ViTDet
# (https://arxiv.org/abs/2203.16527; detectron2, projects/ViTDet).
# A task's config adds the type of the backbone, the pipelines and the schedule.
_base_ = [
    'mmdet::_base_/models/mask-rcnn_r50_fpn.py',
    '../mmdet.py',
    '../datasets/coco.py',
]

model = dict(
    data_preprocessor=dict(mean='backbone.mean', std='backbone.std', pad_size_divisor='backbone.patch_size'),
    backbone=dict(
        _delete_=True,
        out_type='feat_map',
        out_indices=[-1],
        # ViTDet's pyramid uses the last map without this norm, but the scale of that map differs between ViTs.
        final_norm=True,
        dynamic_img_size=True,
    ),
    neck=dict(
        _delete_=True,
        type='singer_mm.SimpleFeaturePyramid',
        in_channels='backbone.out_channels',
        patch_size='backbone.patch_size',
        out_channels=256,
        num_outs=5,
    ),
)

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.1),
    paramwise_cfg=dict(norm_decay_mult=0.0),
)
