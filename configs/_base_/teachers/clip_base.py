# CLIP ViT-B/16 (OpenAI), image tower: 12 blocks, width 768, pre-norm.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_clip_224.openai',
    pretrained=True,
)
