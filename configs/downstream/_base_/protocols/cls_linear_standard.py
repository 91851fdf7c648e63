# Linear evaluation as in DINOv2's linear.py: 13 learning rates x last {1, 4} blocks x {without, with} the mean patch
# = 52 heads, trained in one pass through the backbone, after its final norm. The head that is best on a held-out part
# of the training set is tested once.
# 10 epochs, total batch 1,024 (12,500 iterations on ImageNet-1K); learning rates are scaled by total batch / 256.
_base_ = ['cls_base.py', '../training.py']

protocol = 'linear_standard'
model = dict(
    backbone=dict(out_type='cls_and_avg', out_indices=[-4, -3, -2, -1], final_norm=True),
    head=dict(
        type='singer_mm.SweepClsHead',
        learning_rates=[1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1],
        blocks=[1, 4],
        avgpool=[False, True],
    ),
)

total_batch_size = 1024
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            type='singer_mm.HoldOut',
            part='train',
            share=0.02,
            dataset=dict(
                pipeline=[
                    dict(type='singer_mm.LoadUprightImage'),
                    dict(type='RandomResizedCrop', scale=224, backend='pillow', interpolation='bicubic'),
                    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                    dict(type='PackInputs'),
                ]
            ),
        ),
    ),
)
held_out_dataloader = dict(
    batch_size=128,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='singer_mm.HoldOut', part='held_out', share=0.02, dataset=dict(pipeline={{_base_.test_pipeline}})
    ),
)

optim_wrapper = dict(
    type='OptimWrapper',
    constructor='singer_mm.SweepOptimWrapperConstructor',
    optimizer=dict(type='SGD', momentum=0.9, weight_decay=0),
)
auto_scale_lr = dict(enable=True, base_batch_size=256)
param_scheduler = dict(type='CosineAnnealingLR', eta_min=0, convert_to_iter_based=True)
train_cfg = dict(max_epochs=10)
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(
        type='singer_mm.SweepHook',
        dataloader='held_out_dataloader',
        evaluator=dict(type='singer_mm.TopOneAccuracy'),
        key='accuracy/top1',
    ),
]

# The pipeline of the feature cache: no augmentation.
cache_pipeline = {{_base_.test_pipeline}}
