# SigLIP 2 ViT-B/16, image tower, WebLI: 12 blocks, width 768, no CLS token.
# Takes 224 px. Its attention pooling is left aside; out_type: avg_patch, feat_map or tokens.
teacher = dict(
    type='TimmViT',
    model_name='vit_base_patch16_siglip_224.v2_webli',
    pretrained=True,
)
