# Depth with a decoder on the whole network: the last convolution of UPerNet's decoder yields 256 depth bins, normalised
# linearly, with SigLoss, as in linear_standard_dinov2.py. Not DINOv2's DPT row, which keeps the backbone frozen.
# Patches of 14 tile neither 416x544 nor 480x640: batches are padded (depth with 0, which does not count), and so is
# each test image.
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
    # One window of the whole image, as it is and mirrored.
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
