_base_ = ['../_base_/protocols/cls_linear_released.py', '../_base_/datasets/food101.py']

model = dict(head=dict(num_classes={{_base_.num_classes}}))
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
