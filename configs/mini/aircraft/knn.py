_base_ = '../../downstream/aircraft/knn.py'

data_folder = 'data/mini'
test_dataloader = dict(num_workers=0)
# The training set has too few images for 200 neighbours.
test_cfg = dict(train_dataloader=dict(num_workers=0), ks=(5, 10, 20))
