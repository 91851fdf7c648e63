_base_ = ['../../downstream/ade20k/finetune.py', '../_base_/ade20k_pipelines.py']

data_folder = 'data/mini'
model = dict(
    data_preprocessor=dict(size=(224, 224)),
    test_cfg=dict(crop_size=(224, 224), stride=(149, 149)),
)
total_batch_size = 4
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline={{_base_.mini_train_pipeline}})))
test_dataloader = dict(num_workers=0, dataset=dict(pipeline={{_base_.mini_test_pipeline}}))
train_cfg = dict(max_epochs=4)
