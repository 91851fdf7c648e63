# iNaturalist 2019: 1,010 species, 265,213 images to train, 3,030 to test (the official validation set, 3 per species).
num_classes = 1010
train_set = dict(type='singer_mm.INat2019', data_root='data/inat2019', ann_file='train2019.json')
test_set = dict(type='singer_mm.INat2019', data_root='data/inat2019', ann_file='val2019.json', test_mode=True)
# Both together; the authors' code splits these into a training set and a test set.
all_images = dict(train_set, more_ann_files=['val2019.json'])
