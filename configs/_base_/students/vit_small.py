# ViT-S/16 from random weights: 12 blocks, width 384, CLS token.
student = dict(type='TimmViT', model_name='vit_small_patch16_224.augreg_in21k_ft_in1k')
