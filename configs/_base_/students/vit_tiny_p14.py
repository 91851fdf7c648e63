# ViT-Ti/14 from random weights: 12 blocks, width 192, CLS token; the image size can be any multiple of 14.
student = dict(
    type='TimmViT',
    model_name='vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    patch_size=14,
    dynamic_img_size=True,
)
