# ImageNet-v2, matched frequency: 10,000 new images of ImageNet's classes, to test a classifier of ImageNet-1K.
shifted_set = dict(
    type='singer_mm.ImageNetV2', data_root='data/imagenetv2-matched-frequency-format-val', data_prefix=''
)
