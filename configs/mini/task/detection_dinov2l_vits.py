# Schedule, batch, scale and the slim detector are those of ../coco/frozen_maskrcnn.py.
_base_ = ['../../task/detection_dinov2l_vits.py', '../_base_/slim_maskrcnn.py']

data_folder = 'data/mini'
model = dict(task_model={{_base_.slim_maskrcnn}})
total_batch_size = 2
max_batch_per_gpu = None
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(pipeline={{_base_.mini_train_pipeline}})))
val_dataloader = test_dataloader = dict(num_workers=0, dataset=dict(pipeline={{_base_.mini_test_pipeline}}))
train_cfg = dict(max_epochs=5, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
param_scheduler = {{_base_.slim_schedule}}
default_hooks = dict(logger=dict(interval=5))
