_base_ = ['../_base_/protocols/cls_linear_standard.py', '../_base_/datasets/inat2019.py']

model = dict(head=dict(num_classes={{_base_.num_classes}}))
train_dataloader = dict(dataset=dict(dataset=dict(dataset={{_base_.train_set}})))
held_out_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
