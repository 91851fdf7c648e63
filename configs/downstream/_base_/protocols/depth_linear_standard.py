# Shared by the linear depth protocols of DINOv2 and DINOv3: 256 uniform bins, ReLU and linear normalisation, SigLoss;
# crops of 416x544, rotation by up to 2.5 degrees, flips; predictions are averaged over the image and its mirror image.
# Their colour jitter is left out. 416x544 and 480x640 are no multiples of 14, so for patches of 14 batches (depth with
# 0, which is ignored) and test images are padded; both publications pad on all sides.
_base_ = ['dense_linear_standard.py', '../datasets/nyud_480x640.py']

model = dict(
    type='singer_mm.PatchDepthEstimator',
    data_preprocessor=dict(size=(416, 544), seg_pad_val=0),
    decode_head=dict(
        # Published: 1e-4 (DINOv2) and 3e-4 (DINOv3), one head each.
        learning_rates=[1e-4, 3e-4, 1e-3, 3e-3],
        head=dict(
            type='singer_mm.LinearDepthHead',
            bins=256,
            min_depth=0.001,
            max_depth=10.0,
            loss_decode=dict(type='singer_mm.SigLoss', max_depth=10.0),
        ),
    ),
    # One window, the whole image; the predictions of the image and of its mirror image are averaged.
    test_cfg=dict(mode='slide_flip', crop_size=(480, 640), stride=(480, 640)),
)
train_dataloader = dict(dataset=dict(dataset=dict(dataset={{_base_.train_set}})))
held_out_dataloader = dict(dataset=dict(dataset={{_base_.held_out_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})
custom_hooks = [
    dict(type='singer_mm.FrozenBackboneHook'),
    dict(
        type='singer_mm.SweepHook',
        dataloader='held_out_dataloader',
        evaluator={{_base_.depth_metric}},
        key='rmse',
        rule='less',
    ),
]

# Published: 38,400 iterations of 16 images in one cycle: the rate rises in the first third, then falls to almost 0 as a
# cosine. mmengine's OneCycleLR has one rate for all parameters, so we use two schedulers. Ours: 21,808 of the 24,231
# images / 16 = 1,363 iterations per epoch; 28 epochs are 38,164, and 9.3 epochs are a third.
train_cfg = dict(max_epochs=28)
# Gradients are clipped for each head separately.
optim_wrapper = dict(type='singer_mm.GroupClipOptimWrapper', max_norm=35.0)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, by_epoch=True, begin=0, end=9.3, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', eta_min_ratio=4e-6, by_epoch=True, begin=9.3, convert_to_iter_based=True),
]
