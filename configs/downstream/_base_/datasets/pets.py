# Oxford-IIIT Pet: 37 breeds, trainval 3,680 images, test 3,669.
num_classes = 37
train_set = dict(type='OxfordIIITPet', data_root='data/Oxford-IIIT_Pets', split='trainval')
test_set = dict(type='OxfordIIITPet', data_root='data/Oxford-IIIT_Pets', split='test')
