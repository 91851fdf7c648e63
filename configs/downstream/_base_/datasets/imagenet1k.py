# ImageNet-1K: 1,281,167 images to train, 50,000 to test (the official validation set).
num_classes = 1000
train_set = dict(type='singer_mm.WnidImageNet', data_root='data/imagenet', data_prefix='train')
test_set = dict(type='singer_mm.WnidImageNet', data_root='data/imagenet', data_prefix='val', test_mode=True)
