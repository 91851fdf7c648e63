_base_ = '../../downstream/imagenet1k/linear_released.py'

data_folder = 'data/mini'
total_batch_size = 32
train_dataloader = test_dataloader = dict(num_workers=0)
train_cfg = dict(max_epochs=100)
