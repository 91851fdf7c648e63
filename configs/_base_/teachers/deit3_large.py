# DeiT-III-L/16, ImageNet-1k: 24 blocks, width 1024, CLS token, LayerScale.
teacher = dict(
    type='TimmViT',
    model_name='deit3_large_patch16_224.fb_in1k',
    pretrained=True,
)
