# EVA-02-L/14, masked image modelling on Merged-38M: 24 blocks, width 1024, CLS token, RoPE, SwiGLU.
teacher = dict(
    type='TimmViT',
    model_name='eva02_large_patch14_224.mim_m38m',
    pretrained=True,
)
