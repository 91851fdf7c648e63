# Fine-tuning of the whole network for depth: the last convolution of UPerNet's decoder predicts 256 depth bins with
# linear normalisation and SigLoss, as in linear_standard_dinov2.py. DINOv2's DPT row is different: its backbone is
# frozen. 416x544 and 480x640 are no multiples of 14, so for patches of 14 batches (depth with 0, which is ignored) and
# test images are padded.
_base_ = ['../_base_/protocols/dense_finetune.py', '../_base_/datasets/nyud_480x640.py']

model = dict(
    type='singer_mm.PatchDepthEstimator',
    data_preprocessor=dict(size=(416, 544), seg_pad_val=0),
    decode_head=dict(
        type='singer_mm.PyramidDepthHead',
        channels=256,
        bins=256,
        min_depth=0.001,
        max_depth=10.0,
        loss_decode=dict(type='singer_mm.SigLoss', max_depth=10.0),
    ),
    # One window, the whole image; the predictions of the image and of its mirror image are averaged.
    test_cfg=dict(mode='slide_flip', crop_size=(480, 640), stride=(480, 640)),
)
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})

# 24,231 images / 16 = 1,514 iterations per epoch; 25 epochs are 37,850, close to the 38,400 of the linear protocol.
train_cfg = dict(max_epochs=25)
optim_wrapper = dict(clip_grad=dict(max_norm=35.0))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, by_epoch=True, begin=0, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=1e-3, by_epoch=True, begin=1, convert_to_iter_based=True),
]
