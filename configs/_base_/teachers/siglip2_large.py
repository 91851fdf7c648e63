# SigLIP 2 ViT-L/16, image tower, WebLI: 24 blocks, width 1024, no CLS token.
# Takes 256 px. Its attention pooling is left aside; out_type: avg_patch, feat_map or tokens.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch16_siglip_256.v2_webli',
    pretrained=True,
)
