# DINOv2 ViT-g/14, LVD-142M: 40 blocks, width 1536, CLS token, LayerScale, SwiGLU.
# Trained to 518 px; any multiple of 14 works.
teacher = dict(
    type='TimmViT',
    model_name='vit_giant_patch14_dinov2.lvd142m',
    pretrained=True,
    dynamic_img_size=True,
)
