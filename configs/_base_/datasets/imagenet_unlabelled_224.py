# ImageNet-1K's training images in their usual folders; labels are not used, so any folder of images works:
#   --cfg-options train_dataloader.dataset.data_root=my/photos

# total_batch_size is the number of images in one optimizer step, over all processes. If the share of a process is
# larger than max_batch_per_gpu, the process splits it into smaller batches and accumulates their gradients.
total_batch_size = 512
max_batch_per_gpu = 64
train_dataloader = dict(
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
