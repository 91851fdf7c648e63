# ViT-L/16, ImageNet-21k then -1k (augreg): 24 blocks, width 1024, CLS token.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch16_224.augreg_in21k_ft_in1k',
    pretrained=True,
)
