# The same sweep for datasets of thousands of images, where 10 epochs of batches of 1,024 are a few dozen iterations:
# 100 epochs of batches of 256 (2,300 iterations on Aircraft), a tenth held out. DINOv2 fits a logistic regression on
# these instead, so the numbers are near, not equal.
_base_ = 'cls_linear_standard.py'

train_dataloader = dict(batch_size=256, dataset=dict(dataset=dict(share=0.1)))
held_out_dataloader = dict(dataset=dict(share=0.1))
train_cfg = dict(max_epochs=100)
