_base_ = '../../downstream/imagenet_r/linear_released.py'

data_folder = 'data/mini'
test_dataloader = dict(num_workers=0)
