# ImageNet-1K with labels, for models that learn to classify. Training uses the crops and the total batch of
# imagenet_unlabelled_224.py; validation and test use the official validation set. Types include their scope, so any
# default_scope works. The config has to import our dataset:
#   custom_imports = dict(imports=['singer_mm.libraries.mmpretrain'], allow_failed_imports=False)
num_classes = 1000
total_batch_size = 512
max_batch_per_gpu = 64
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(
        type='singer_mm.SeededDataset',
        dataset=dict(
            type='singer_mm.WnidImageNet',
            data_root='data/imagenet',
            data_prefix='train',
            pipeline=[
                dict(type='singer_mm.LoadUprightImage'),
                dict(type='mmpretrain.RandomResizedCrop', scale=224, backend='pillow', interpolation='bicubic'),
                dict(type='mmpretrain.RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='mmpretrain.PackInputs'),
            ],
        ),
    ),
)
val_dataloader = dict(
    batch_size=128,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='singer_mm.WnidImageNet',
        data_root='data/imagenet',
        data_prefix='val',
        test_mode=True,
        pipeline=[
            dict(type='singer_mm.LoadUprightImage'),
            dict(type='mmpretrain.ResizeEdge', scale=256, edge='short', backend='pillow', interpolation='bicubic'),
            dict(type='mmpretrain.CenterCrop', crop_size=224),
            dict(type='mmpretrain.PackInputs'),
        ],
    ),
)
val_cfg = dict()
val_evaluator = [dict(type='mmpretrain.Accuracy', topk=(1, 5))]
test_dataloader = val_dataloader
test_cfg = dict()
test_evaluator = val_evaluator
