# DeiT-III-M/16, ImageNet-1k: 12 blocks, width 512, CLS token, LayerScale.
teacher = dict(
    type='TimmViT',
    model_name='deit3_medium_patch16_224.fb_in1k',
    pretrained=True,
)
