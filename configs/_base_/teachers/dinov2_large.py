# DINOv2 ViT-L/14, LVD-142M: 24 blocks, width 1024, CLS token, LayerScale.
# Trained at up to 518 px; the image size can be any multiple of 14.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch14_dinov2.lvd142m',
    pretrained=True,
    dynamic_img_size=True,
)
