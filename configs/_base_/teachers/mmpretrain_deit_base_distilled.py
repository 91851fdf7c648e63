# mmpretrain's DeiT-B/16 with distillation token, ImageNet-1k: 12 blocks, width 768, CLS token and distillation token.
# Any multiple of 16 works. Weights:
# mim download mmpretrain --dest checkpoints --config deit-base-distilled_3rdparty_in1k
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.DistilledVisionTransformer', arch='deit-base', img_size=224, patch_size=16),
    checkpoint='checkpoints/deit-base-distilled_3rdparty_pt-16xb64_in1k_20211216-42891296.pth',
)
