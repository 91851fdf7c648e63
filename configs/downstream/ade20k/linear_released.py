# Linear segmentation as the authors' code does it; see ../_base_/protocols/dense_linear_released.py. Training: a crop
# of 70 to 100 % of the area and a flip. Testing: masks are squashed to 224x224, too, and mIoU is over the data set at
# that size (tools/lineval/test/ade20k.py). Not the same: their training script picks the epoch by the mean of the
# batches' mIoU, this by that of the data set.
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
