_base_ = ['../../downstream/nyud/linear_standard_dinov2.py', '../_base_/nyud_pipelines.py']

data_folder = 'data/mini'
model = dict(
    data_preprocessor=dict(size=(208, 272)),
    test_cfg=dict(crop_size=(240, 320), stride=(240, 320)),
)
total_batch_size = 4
train_dataloader = dict(
    num_workers=0, dataset=dict(dataset=dict(dataset=dict(pipeline={{_base_.mini_train_pipeline}})))
)
held_out_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline={{_base_.mini_test_pipeline}})))
test_dataloader = dict(num_workers=0, dataset=dict(pipeline={{_base_.mini_test_pipeline}}))
train_cfg = dict(max_epochs=6)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, by_epoch=True, begin=0, end=2, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=4e-6, by_epoch=True, begin=2, convert_to_iter_based=True),
]
