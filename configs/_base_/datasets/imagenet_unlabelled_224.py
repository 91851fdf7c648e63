# ImageNet-1K's training images in their usual folders; labels are not used, so any folder of images will do:
#   --cfg-options train_dataloader.dataset.data_root=my/photos
train_dataloader = dict(
    batch_size=64,  # 512 = 8 GPUs x 64
    num_workers=8,
    persistent_workers=True,
    pin_memory=True,
    drop_last=True,
    sampler=dict(type='ResumableSampler'),
    dataset=dict(
        type='UnlabelledImages',
        data_root='data/imagenet/train',
        pipeline=[
            dict(type='LoadRGBImage'),
            dict(type='TorchvisionTransform', name='RandomResizedCrop', size=224, interpolation='bicubic'),
            dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
            dict(type='PackImage'),
        ],
    ),
)
