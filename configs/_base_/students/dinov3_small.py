# ViT-S/16 as DINOv3's from random weights: 12 blocks, width 384, CLS token and 4 registers, LayerScale, RoPE;
# any multiple of 16 works.
student = dict(
    type='TimmViT',
    model_name='vit_small_patch16_dinov3.lvd1689m',
    dynamic_img_size=True,
)
