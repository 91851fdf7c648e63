# No teacher: the student learns the labels of the images of base.py, with the same crops, steps and schedule.
_base_ = '../supervised/vitt_demo.py'

model = dict(head=dict(num_classes=10), data_preprocessor=dict(num_classes=10))
total_batch_size = 64
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='singer_mm.HoldOut',
            part='train',
            share=0.6,
            dataset=dict(
                type='mmpretrain.CustomDataset',
                data_root='data/fashion_mnist',
                data_prefix='train',
                pipeline=[
                    dict(type='singer_mm.LoadUprightImage'),
                    dict(type='mmpretrain.RandomResizedCrop', scale=84, backend='pillow', interpolation='bicubic'),
                    dict(type='mmpretrain.RandomFlip', prob=0.5, direction='horizontal'),
                    dict(type='mmpretrain.PackInputs'),
                ],
            ),
        ),
    ),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='mmpretrain.CustomDataset',
        data_root='data/fashion_mnist',
        data_prefix='test',
        test_mode=True,
        pipeline=[
            dict(type='singer_mm.LoadUprightImage'),
            dict(type='mmpretrain.Resize', scale=84, backend='pillow', interpolation='bicubic'),
            dict(type='mmpretrain.PackInputs'),
        ],
    ),
)
test_dataloader = val_dataloader
train_cfg = dict(max_epochs=1)
