# ImageNet as the released code of SiNGER reads it: bilinear crops, and the same image order in all epochs.
_base_ = './imagenet_unlabelled_224.py'

train_dataloader = dict(
    sampler=dict(reshuffle=False),
    dataset=dict(
        pipeline=[
            dict(type='LoadRGBImage'),
            dict(type='TorchvisionTransform', name='RandomResizedCrop', size=224, interpolation='bilinear'),
            dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
            dict(type='PackImage'),
        ]
    ),
)
