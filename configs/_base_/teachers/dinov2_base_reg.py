# DINOv2 ViT-B/14 with registers, LVD-142M: 12 blocks, width 768, CLS token and 4 registers, LayerScale.
# Trained to 518 px; any multiple of 14 works. Registers take what else are outliers (arXiv 2309.16588).
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch14_reg4_dinov2.lvd142m',
    pretrained=True,
    dynamic_img_size=True,
)
