# DINOv2 ViT-S/14, LVD-142M: 12 blocks, width 384, CLS token, LayerScale.
# Trained to 518 px; any multiple of 14 works.
teacher = dict(
    type='TimmViT',
    model_name='vit_small_patch14_dinov2.lvd142m',
    pretrained=True,
    dynamic_img_size=True,
)
