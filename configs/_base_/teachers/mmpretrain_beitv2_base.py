# mmpretrain's BEiT-v2 ViT-B/16, masked image modelling on ImageNet-1k, fine-tuned on ImageNet-21k then -1k: 12 blocks,
# width 768, CLS token, LayerScale, relative positions in each block; for 224 px only. Weights:
# mim download mmpretrain --dest checkpoints --config beit-base-p16_beitv2-in21k-pre_3rdparty_in1k
teacher = dict(
    type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT',
    backbone=dict(type='mmpretrain.BEiTViT', arch='base', img_size=224, patch_size=16),
    checkpoint='checkpoints/beitv2-base_3rdparty_in1k_20221114-73e11905.pth',
)
