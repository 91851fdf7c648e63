# DeiT-III-B/16, ImageNet-1k: 12 blocks, width 768, CLS token, LayerScale.
teacher = dict(
    type='TimmViT',
    model_name='deit3_base_patch16_224.fb_in1k',
    pretrained=True,
)
