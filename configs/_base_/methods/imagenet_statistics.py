# The released code of SiNGER gives both networks images with ImageNet's statistics, whatever they were made for.
imagenet_statistics = dict(type='ImgDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
