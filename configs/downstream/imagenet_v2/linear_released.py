# Tests the model of imagenet1k/linear_released.py on ImageNet-v2, with its checkpoint. Nothing is trained.
_base_ = ['../imagenet1k/linear_released.py', '../_base_/datasets/imagenet_v2.py']

total_batch_size = train_dataloader = None
train_cfg = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset={{_base_.shifted_set}})
