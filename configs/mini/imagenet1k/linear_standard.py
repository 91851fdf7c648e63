_base_ = '../../downstream/imagenet1k/linear_standard.py'

data_folder = 'data/mini'
total_batch_size = 32
# 2 % of the training images would be too few.
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(share=0.1)))
held_out_dataloader = dict(num_workers=0, dataset=dict(share=0.1))
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_epochs=30)
