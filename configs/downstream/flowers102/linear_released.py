# Trained on `train` (1,020 images) and tested on `val` (1,020), as in mdistiller/dataset/flowers102.py.
_base_ = ['../_base_/protocols/cls_linear_released.py', '../_base_/datasets/flowers102.py']

model = dict(head=dict(num_classes={{_base_.num_classes}}))
train_dataloader = dict(dataset=dict(dataset={{_base_.released_train_set}}))
test_dataloader = dict(dataset={{_base_.released_test_set}})
