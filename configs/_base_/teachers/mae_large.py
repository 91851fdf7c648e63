# MAE ViT-L/16, masked autoencoder on ImageNet-1k: 24 blocks, width 1024, CLS token.
# The weights are CC BY-NC 4.0: not for commercial use.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch16_224.mae',
    pretrained=True,
)
