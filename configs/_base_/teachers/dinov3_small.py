# DINOv3 ViT-S/16, LVD-1689M: 12 blocks, width 384, CLS token and 4 registers, LayerScale, RoPE.
# Any multiple of 16 works. The weights stand under Meta's DINOv3 licence, which a hub may ask you to accept first.
teacher = dict(
    type='TimmViT',
    model_name='vit_small_patch16_dinov3.lvd1689m',
    pretrained=True,
    dynamic_img_size=True,
)
