_base_ = '../../downstream/imagenet_v2/linear_released.py'

data_folder = 'data/mini'
test_dataloader = dict(num_workers=0)
