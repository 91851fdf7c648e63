# Food-101: 101 dishes, train 75,750 images, test 25,250.
num_classes = 101
train_set = dict(type='Food101', data_root='data/food-101', split='train')
test_set = dict(type='Food101', data_root='data/food-101', split='test')
