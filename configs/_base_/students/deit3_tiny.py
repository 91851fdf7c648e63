# DeiT-III-Ti/16 from random weights: 12 blocks, width 192 (timm has no tiny model), CLS token, LayerScale.
student = dict(type='TimmViT', model_name='deit3_small_patch16_224.fb_in1k', embed_dim=192, num_heads=3)
