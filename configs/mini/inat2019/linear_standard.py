_base_ = ['../../downstream/inat2019/linear_standard.py', '../_base_/inat2019_evaluator.py']

data_folder = 'data/mini'
total_batch_size = 32
# 2 % of the training images would be too few.
train_dataloader = dict(num_workers=0, dataset=dict(dataset=dict(share=0.1)))
held_out_dataloader = dict(num_workers=0, dataset=dict(share=0.1))
test_dataloader = dict(num_workers=0)
test_evaluator = {{_base_.mini_test_evaluator}}
train_cfg = dict(max_epochs=30)
