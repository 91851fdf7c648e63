# mmpretrain's ViT-L/16, ImageNet-21k then -1k at 384 px (augreg): 24 blocks, width 1024, CLS token.
# Any multiple of 16 works. Weights:
# mim download mmpretrain --dest checkpoints --config vit-large-p16_in21k-pre_3rdparty_in1k-384px
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.VisionTransformer', arch='large', img_size=384, patch_size=16),
    checkpoint='checkpoints/vit-large-p16_in21k-pre-3rdparty_ft-64xb64_in1k-384_20210928-b20ba619.pth',
    normalization=((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
)
