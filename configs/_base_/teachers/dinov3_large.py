# DINOv3 ViT-L/16, LVD-1689M: 24 blocks, width 1024, CLS token and 4 registers, LayerScale, RoPE.
# The image size can be any multiple of 16. A hub may ask you to accept Meta's DINOv3 licence of the weights first.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch16_dinov3.lvd1689m',
    pretrained=True,
    dynamic_img_size=True,
)
