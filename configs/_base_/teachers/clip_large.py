# CLIP ViT-L/14 (OpenAI), image tower, WIT-400M: 24 blocks, width 1024, CLS token; a norm before the blocks.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch14_clip_224.openai',
    pretrained=True,
)
