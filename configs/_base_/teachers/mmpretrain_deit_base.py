# mmpretrain's DeiT-B/16, ImageNet-1k: 12 blocks, width 768, CLS token.
# Any multiple of 16 works. Weights:
# mim download mmpretrain --dest checkpoints --config deit-base_16xb64_in1k
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.VisionTransformer', arch='deit-base', img_size=224, patch_size=16),
    checkpoint='checkpoints/deit-base_pt-16xb64_in1k_20220216-db63c16c.pth',
)
