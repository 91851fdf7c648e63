# CLIP ViT-B/16 (OpenAI), image encoder, WIT-400M: 12 blocks, width 768, CLS token, a norm before the blocks. OpenAI
# trained with QuickGELU; timm's vit_base_patch16_clip_224.openai loads the same weights, but uses GELU.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_clip_quickgelu_224.openai',
    pretrained=True,
)
