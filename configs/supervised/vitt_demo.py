# No distillation, on the data of ../demo/dinov2s_vitt.py with labels: 600 images at 112 px, four crops of each in an
# epoch. 6 epochs of that SiNGER, from DINOv2-S, cost as much as 15 of these: 5.68 GFLOPs per image instead of 2.22, and
# 5.14 for FitNet. So 100 epochs of SiNGER cost as much as 256 of these, and 100 of FitNet as much as 231:
#   python tools/analysis/method_cost.py configs/demo/dinov2s_vitt.py configs/supervised/vitt_demo.py
_base_ = './vitt.py'

model = dict(backbone=dict(patch_size=14, dynamic_img_size=True))
total_batch_size = 32
train_dataloader = dict(
    num_workers=1,
    pin_memory=False,
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='RepeatDataset',
            times=4,
            dataset=dict(
                type='singer_mm.WnidImageNet',
                data_root='data/mini/imagenet',
                data_prefix='train',
                pipeline=[
                    dict(type='singer_mm.LoadUprightImage'),
                    dict(type='mmpretrain.RandomResizedCrop', scale=112, backend='pillow', interpolation='bicubic'),
                    dict(type='mmpretrain.RandomFlip', prob=0.5, direction='horizontal'),
                    dict(type='mmpretrain.PackInputs'),
                ],
            ),
        ),
    ),
)
val_dataloader = dict(
    num_workers=1,
    dataset=dict(
        data_root='data/mini/imagenet',
        pipeline=[
            dict(type='singer_mm.LoadUprightImage'),
            dict(type='mmpretrain.ResizeEdge', scale=128, edge='short', backend='pillow', interpolation='bicubic'),
            dict(type='mmpretrain.CenterCrop', crop_size=112),
            dict(type='mmpretrain.PackInputs'),
        ],
    ),
)
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=15)  # 75 iterations each
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, begin=0, end=25),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-4, by_epoch=False, begin=25),
]
default_hooks = dict(logger=dict(interval=10))
