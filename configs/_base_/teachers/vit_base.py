# ViT-B/16, ImageNet-21k then -1k (augreg): 12 blocks, width 768, CLS token.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_224.augreg_in21k_ft_in1k',
    pretrained=True,
)
