# DeiT-III-S/16, ImageNet-1k: 12 blocks, width 384, CLS token, LayerScale.
teacher = dict(
    type='TimmViT',
    model_name='deit3_small_patch16_224.fb_in1k',
    pretrained=True,
)
