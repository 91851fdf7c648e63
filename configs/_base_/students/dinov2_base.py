# ViT-B/14 as DINOv2's from random weights: 12 blocks, width 768, CLS token, LayerScale; any multiple of 14 works.
student = dict(
    type='TimmViT',
    model_name='vit_base_patch14_dinov2.lvd142m',
    img_size=224,
    dynamic_img_size=True,
)
