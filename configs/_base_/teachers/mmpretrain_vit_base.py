# mmpretrain's ViT-B/16, ImageNet-21k then -1k at 384 px (augreg): 12 blocks, width 768, CLS token.
# Any multiple of 16 works. Weights:
# mim download mmpretrain --dest checkpoints --config vit-base-p16_in21k-pre_3rdparty_in1k-384px
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.VisionTransformer', arch='base', img_size=384, patch_size=16),
    checkpoint='checkpoints/vit-base-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-98e8652b.pth',
    normalization=((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
)
