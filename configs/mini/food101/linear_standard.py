_base_ = '../../downstream/food101/linear_standard.py'

data_folder = 'data/mini'
total_batch_size = 32
train_dataloader = held_out_dataloader = test_dataloader = dict(num_workers=0)
train_cfg = dict(max_epochs=30)
