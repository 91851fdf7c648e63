_base_ = ['../_base_/protocols/cls_knn.py', '../_base_/datasets/imagenet1k.py']

test_cfg = dict(train_dataloader=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
