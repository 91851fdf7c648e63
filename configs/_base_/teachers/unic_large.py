# UNIC-L ViT-L/14, distilled from DINOv2-g and MetaCLIP-H on ImageNet-1k at 224, then 336 px: 24 blocks, width 1024,
# CLS token, no LayerScale; the image size can be any multiple of 14. tools/model_converters/unic_to_timm.py makes the
# weights from the authors' unic_l.pth, and prints the img_size of its position embedding; check their licence.
teacher = dict(
    type='TimmViT',
    model_name='vit_large_patch14_dinov2',
    checkpoint='checkpoints/unic_l.safetensors',
    init_values=0.0,
    img_size=336,
    dynamic_img_size=True,
)
