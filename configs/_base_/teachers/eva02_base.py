# EVA-02-B/14, masked image modelling on ImageNet-21k: 12 blocks, width 768, CLS token, RoPE, SwiGLU.
teacher = dict(
    type='TimmViT',
    model_name='eva02_base_patch14_224.mim_in22k',
    pretrained=True,
)
