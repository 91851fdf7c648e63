# Linear evaluation of dense tasks as in Table 1 of SiNGER, with the recipe of the released code: tokens of the last
# block before the final norm, images resized to 224x224 without keeping the aspect ratio, SGD without momentum, cosine
# that is updated in each iteration, 200 epochs, total batch 64.
_base_ = 'dense_base.py'

protocol = 'linear_paper'
model = dict(
    data_preprocessor=dict(size=(224, 224)),
    backbone=dict(frozen=True, out_indices=[-1], final_norm=False, img_size=224),
    decode_head=dict(in_channels='backbone.out_channels'),
    test_cfg=dict(mode='whole'),
)

total_batch_size = 64
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5, momentum=0.0, weight_decay=1e-6))
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=1e-8, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=200)
