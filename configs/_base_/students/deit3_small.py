# DeiT-III-S/16 from random weights: 12 blocks, width 384, CLS token, LayerScale.
student = dict(type='TimmViT', model_name='deit3_small_patch16_224.fb_in1k')
