# DINOv2 ViT-S/14 to ViT-Ti/14 on 24,000 of Fashion-MNIST's training images at 84 px, without labels: 375 steps of 64.
# The base of methods.py. The images are 28 pixels wide, in grey; docs/head_to_head.md says what they can show.
#   python tools/dataset_converters/idx.py --source /usr/share/datasets/fashion-mnist --out data/fashion_mnist
_base_ = '../demo/dinov2s_vitt.py'

total_batch_size = 64
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='HoldOut',
        part='train',
        share=0.6,
        dataset=dict(
            type='UnlabelledImages',
            data_root='data/fashion_mnist/train',
            pipeline=[
                dict(type='LoadRGBImage'),
                dict(type='TorchvisionTransform', name='RandomResizedCrop', size=84, interpolation='bicubic'),
                dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
                dict(type='PackImage'),
            ],
        ),
    ),
)
train_cfg = dict(max_epochs=1)
