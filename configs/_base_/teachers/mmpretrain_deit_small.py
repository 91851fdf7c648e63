# mmpretrain's DeiT-S/16, ImageNet-1k: 12 blocks, width 384, CLS token.
# Any multiple of 16 works. Weights:
# mim download mmpretrain --dest checkpoints --config deit-small_4xb256_in1k
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.VisionTransformer', arch='deit-small', img_size=224, patch_size=16),
    checkpoint='checkpoints/deit-small_pt-4xb256_in1k_20220218-9425b9bb.pth',
)
