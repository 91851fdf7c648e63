# CLIP ViT-B/16 (OpenAI), image tower, WIT-400M: 12 blocks, width 768, CLS token; a norm before the blocks.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_clip_224.openai',
    pretrained=True,
)
