# SiNGER as the authors' released code has it, to the letter (docs/paper_and_released_code.md).
_base_ = './vitl_vitt.py'

model = dict(
    layer_map='released',
    refiner=dict(basis='released', threshold=0.05),
    loss_info=dict(intermediate='feature', final_reference='previous_refined'),
    # ImageNet statistics for both networks, which were made for mean = std = 0.5.
    data_preprocessor=dict(type='ImgDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='LoadRGBImage'),
            dict(type='TorchvisionTransform', name='RandomResizedCrop', size=224, interpolation='bilinear'),
            dict(type='TorchvisionTransform', name='RandomHorizontalFlip'),
            dict(type='PackImage'),
        ]
    )
)
