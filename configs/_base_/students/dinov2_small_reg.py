# ViT-S/14 as DINOv2's with registers from random weights: 12 blocks, width 384, CLS token and 4 registers, LayerScale;
# any multiple of 14 works.
student = dict(
    type='TimmViT',
    model_name='vit_small_patch14_reg4_dinov2.lvd142m',
    img_size=224,
    dynamic_img_size=True,
)
