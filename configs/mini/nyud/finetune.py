_base_ = ['../../downstream/nyud/finetune.py', '../_base_/nyud_pipelines.py']

data_folder = 'data/mini'
model = dict(
    data_preprocessor=dict(size=(208, 272)),
    test_cfg=dict(crop_size=(240, 320), stride=(240, 320)),
)
total_batch_size = 4
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline={{_base_.mini_train_pipeline}})))
test_dataloader = dict(num_workers=0, dataset=dict(pipeline={{_base_.mini_test_pipeline}}))
train_cfg = dict(max_epochs=4)
