# Tests the model of imagenet1k/linear_paper.py on ImageNet-R, with its checkpoint. Nothing is trained.
_base_ = ['../imagenet1k/linear_paper.py', '../_base_/datasets/imagenet_r.py']

total_batch_size = train_dataloader = None
train_cfg = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset={{_base_.shifted_set}})
test_evaluator = [dict(type='singer_mm.ImageNetRAccuracy'), dict(type='singer_mm.PredictionRecorder')]
