# FGVC-Aircraft by variant: 100 classes, trainval 6,667 images, test 3,333.
num_classes = 100
train_set = dict(type='FGVCAircraft', data_root='data/fgvc-aircraft-2013b', split='trainval')
test_set = dict(type='FGVCAircraft', data_root='data/fgvc-aircraft-2013b', split='test')
# The splits on which the authors' code trains and tests.
released_train_set = dict(train_set, split='train')
released_test_set = dict(test_set, split='val')
