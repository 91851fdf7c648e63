# Oxford 102 Flowers: 102 classes, train and val together 2,040 images, test 6,149. Classes have no names, but numbers.
num_classes = 102
classes = [str(number) for number in range(1, 103)]
train_set = dict(type='Flowers102', data_root='data/Flowers102', split='trainval', classes=classes)
test_set = dict(type='Flowers102', data_root='data/Flowers102', split='test', classes=classes)
# The splits on which the authors' code trains and tests.
released_train_set = dict(train_set, split='train')
released_test_set = dict(test_set, split='val')
