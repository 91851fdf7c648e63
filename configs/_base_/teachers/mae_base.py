# MAE ViT-B/16, masked autoencoder on ImageNet-1k: 12 blocks, width 768, CLS token.
# The weights are CC BY-NC 4.0: not for commercial use.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_224.mae',
    pretrained=True,
)
