# Tests the model of imagenet1k/linear_released.py on ImageNet-R, over all 1,000 classes of its head
# (tools/lineval/test/imagenet_r.py masks nothing). Nothing is trained.
_base_ = ['../imagenet1k/linear_released.py', '../_base_/datasets/imagenet_r.py']

total_batch_size = train_dataloader = None
train_cfg = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset={{_base_.shifted_set}})
test_evaluator = [
    dict(type='singer_mm.ImageNetRAccuracy', num_classes=1000),
    dict(type='singer_mm.PredictionRecorder'),
]
