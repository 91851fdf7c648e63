# Tests the model of imagenet1k/linear_paper.py on ImageNet-v2, with that one's checkpoint; nothing is trained.
_base_ = ['../imagenet1k/linear_paper.py', '../_base_/datasets/imagenet_v2.py']

train_dataloader = None
train_cfg = None
optim_wrapper = None
param_scheduler = None
test_dataloader = dict(dataset={{_base_.shifted_set}})

# For `--data mini`.
mini = dict(_delete_=True, test_dataloader=dict(num_workers=0))
