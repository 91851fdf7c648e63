_base_ = '../../downstream/nyud/linear_paper.py'

data_folder = 'data/mini'
total_batch_size = 8
train_dataloader = test_dataloader = dict(num_workers=0)
# 60 images, 210 iterations. Far fewer at this learning rate give no better result than a constant depth.
train_cfg = dict(max_epochs=30)
