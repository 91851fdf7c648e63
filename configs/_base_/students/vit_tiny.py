# ViT-Ti/16 from random weights: 12 blocks, width 192, CLS token.
student = dict(type='TimmViT', model_name='vit_tiny_patch16_224.augreg_in21k_ft_in1k')
