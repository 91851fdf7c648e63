# MAE ViT-H/14, masked autoencoder on ImageNet-1k: 32 blocks, width 1280, CLS token.
# The weights are CC BY-NC 4.0: not for commercial use.
teacher = dict(
    type='TimmViT',
    model_name='vit_huge_patch14_224.mae',
    pretrained=True,
)
