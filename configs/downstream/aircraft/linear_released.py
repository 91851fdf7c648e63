# Trained on `train` (3,334 images) and tested on `val` (3,333), as in mdistiller/dataset/fgvc_aircraft.py.
_base_ = ['../_base_/protocols/cls_linear_released.py', '../_base_/datasets/aircraft.py']

model = dict(head=dict(num_classes={{_base_.num_classes}}))
train_dataloader = dict(dataset=dict(dataset={{_base_.released_train_set}}))
test_dataloader = dict(dataset={{_base_.released_test_set}})
