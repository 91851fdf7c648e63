# ViT-B/14 from random weights: 12 blocks, width 768, CLS token; any multiple of 14 works.
student = dict(
    type='TimmViT',
    model_name='vit_base_patch16_224.augreg_in21k_ft_in1k',
    patch_size=14,
    dynamic_img_size=True,
)
