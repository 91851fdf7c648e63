# DINOv3 ViT-L/16, LVD-1689M: 24 blocks, width 1024, RoPE, 4 registers; any multiple of 16 works.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch16_dinov3.lvd1689m',
    pretrained=True,
    dynamic_img_size=True,
)
