_base_ = ['../../task/segmentation_dinov2l_vits.py', '../_base_/ade20k_pipelines.py']

data_folder = 'data/mini'
model = dict(
    task_model=dict(
        data_preprocessor=dict(size=(224, 224)),
        test_cfg=dict(crop_size=(224, 224), stride=(149, 149)),
    )
)
total_batch_size = 4
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline={{_base_.mini_train_pipeline}})))
val_dataloader = test_dataloader = dict(num_workers=0, dataset=dict(pipeline={{_base_.mini_test_pipeline}}))
train_cfg = dict(max_epochs=2, val_interval=2)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, by_epoch=True, begin=0, end=0.2, convert_to_iter_based=True),
    dict(type='PolyLR', power=1.0, eta_min=0.0, by_epoch=True, begin=0.2, convert_to_iter_based=True),
]
default_hooks = dict(logger=dict(interval=5))
