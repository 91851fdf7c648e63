# Linear segmentation as in the authors' code; see ../_base_/protocols/dense_linear_released.py. Training: a crop of 70
# to 100 % of the area and a flip. Testing: masks are also resized to 224x224, and mIoU is over the dataset at that size
# (tools/lineval/test/ade20k.py). Not reproduced: their training script chooses the epoch by the mean mIoU of batches,
# this config by the mIoU of the dataset.
_base_ = ['../_base_/protocols/dense_linear_released.py', '../_base_/datasets/ade20k_released.py']

model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(seg_pad_val=255),
    backbone=dict(out_type='feat_map'),
    decode_head=dict(type='singer_mm.LinearDecodeHead', num_classes=150),
)
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(type='singer_mm.BestEpochHook', evaluator=dict(type='IoUMetric', iou_metrics=['mIoU']), key='mIoU'),
]
