# Linear depth as in DINOv3 (facebookresearch/dinov3: eval/depth/configs/config-nyu.yaml): patch tokens of the
# last block after the final norm, without CLS, batch norm, depth at the resolution of the patches; weight decay 1e-4,
# second beta 0.99. Its momentum varies with the learning rate between 0.85 and 0.95; here it stays at 0.9.
_base_ = '../_base_/protocols/depth_linear_standard.py'

protocol = 'linear_standard_dinov3'
model = dict(
    backbone=dict(out_type='feat_map', out_indices=[-1]),
    decode_head=dict(blocks=[1], head=dict(upsample=1, norm_cfg=dict(type='SyncBN'))),
)
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4, betas=(0.9, 0.99)))
