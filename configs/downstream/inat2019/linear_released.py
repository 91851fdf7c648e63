# Trained on a random 80 % of all 268,243 images and tested on the rest (53,649), as in mdistiller/dataset/inat2019.py.
# The images of each part differ: the split of their code depends on the order in which the file system lists files.
_base_ = ['../_base_/protocols/cls_linear_released_split.py', '../_base_/datasets/inat2019.py']

model = dict(head=dict(num_classes={{_base_.num_classes}}))
train_dataloader = dict(dataset=dict(dataset=dict(dataset={{_base_.all_images}})))
test_dataloader = dict(dataset=dict(dataset={{_base_.all_images}}))
