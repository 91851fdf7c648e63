# SigLIP 2 So400m/14, image tower, WebLI: 27 blocks, width 1152, no CLS token.
# Takes 224 px. Its attention pooling is left aside; out_type: avg_patch, feat_map or tokens.
teacher = dict(
    type='TimmViT',
    model_name='vit_so400m_patch14_siglip_224.v2_webli',
    pretrained=True,
)
