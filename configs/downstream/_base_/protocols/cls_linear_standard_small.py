# The sweep of cls_linear_standard.py for datasets of thousands of images, where 10 epochs with a total batch of 1,024
# are a few dozen iterations: 100 epochs, total batch 256 (2,300 iterations on Aircraft), a tenth held out. DINOv2 fits
# a logistic regression on these datasets instead, so the numbers are close, but not equal.
_base_ = 'cls_linear_standard.py'

total_batch_size = 256
train_dataloader = dict(dataset=dict(dataset=dict(share=0.1)))
held_out_dataloader = dict(dataset=dict(share=0.1))
train_cfg = dict(max_epochs=100)
