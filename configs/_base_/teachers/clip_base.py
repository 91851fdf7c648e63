# CLIP ViT-B/16 (OpenAI), image tower, WIT-400M: 12 blocks, width 768, CLS token; a norm before the blocks. OpenAI
# trained with QuickGELU; timm loads the same weights as vit_base_patch16_clip_224.openai, which computes GELU.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_clip_quickgelu_224.openai',
    pretrained=True,
)
