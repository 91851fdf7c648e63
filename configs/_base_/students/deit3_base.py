# DeiT-III-B/16 from random weights: 12 blocks, width 768, CLS token, LayerScale.
student = dict(type='TimmViT', model_name='deit3_base_patch16_224.fb_in1k')
