# EVA-02-S/14, masked image modelling on ImageNet-21k: 12 blocks, width 384, CLS token, RoPE, SwiGLU.
teacher = dict(
    type='TimmViT',
    model_name='eva02_small_patch14_224.mim_in22k',
    pretrained=True,
)
