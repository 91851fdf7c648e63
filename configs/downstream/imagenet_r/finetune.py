# Tests the model of imagenet1k/finetune.py on ImageNet-R, with its checkpoint. Nothing is trained.
_base_ = ['../imagenet1k/finetune.py', '../_base_/datasets/imagenet_r.py']

total_batch_size = max_batch_per_gpu = train_dataloader = None
train_cfg = optim_wrapper = param_scheduler = None
test_dataloader = dict(dataset={{_base_.shifted_set}})
test_evaluator = [dict(type='singer_mm.ImageNetRAccuracy'), dict(type='singer_mm.PredictionRecorder')]
