# DINOv2 ViT-g/14 with registers, LVD-142M: 40 blocks, width 1536, CLS token and 4 registers, LayerScale, SwiGLU.
# Trained to 518 px; any multiple of 14 works. Registers take what else are outliers (arXiv 2309.16588).
teacher = dict(
    type='TimmViT',
    model_name='vit_giant_patch14_reg4_dinov2.lvd142m',
    pretrained=True,
    dynamic_img_size=True,
)
