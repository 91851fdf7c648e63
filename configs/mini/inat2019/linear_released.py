_base_ = ['../../downstream/inat2019/linear_released.py', '../_base_/inat2019_evaluator.py']

data_folder = 'data/mini'
total_batch_size = 32
train_dataloader = test_dataloader = dict(num_workers=0)
test_evaluator = {{_base_.mini_test_evaluator}}
train_cfg = dict(max_epochs=100)
