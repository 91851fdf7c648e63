# ImageNet-R: 30,000 renditions of 200 of ImageNet's classes, to test a classifier of ImageNet-1K.
shifted_set = dict(type='singer_mm.ImageNetR', data_root='data/imagenet-r', data_prefix='')
