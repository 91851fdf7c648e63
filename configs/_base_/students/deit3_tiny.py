# DeiT-III-Ti/16 from random weights: the small one at width 192 (timm has no tiny one).
student = dict(type='TimmViT', model_name='deit3_small_patch16_224.fb_in1k', embed_dim=192, num_heads=3)
