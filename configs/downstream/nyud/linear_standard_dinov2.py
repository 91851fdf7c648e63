# Linear depth as in DINOv2 (facebookresearch/dinov2: hub/depthers.py, eval/depth/models; lin.1 and lin.4): tokens
# before the final norm, CLS concatenated to every patch, of the last block or of four evenly spaced blocks ([2, 5, 8,
# 11] of 12, [4, 11, 17, 23] of 24), no batch norm, upsampling by 4, weight decay 0.01. Its config adds a GradientLoss
# with weight 0.5, which is left out: the released loss takes differences along the batch and the channel of
# (2, 1, H, W), so it is always 0.
_base_ = '../_base_/protocols/depth_linear_standard.py'

protocol = 'linear_standard_dinov2'
model = dict(
    backbone=dict(out_type='cls_and_map', out_indices='backbone.dinov2_layers', final_norm=False),
    decode_head=dict(head=dict(upsample=4)),
)
optim_wrapper = dict(optimizer=dict(weight_decay=0.01))
