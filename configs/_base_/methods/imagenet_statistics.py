# The released code of SiNGER normalises images by ImageNet's statistics for both networks, whatever these expect.
imagenet_statistics = dict(type='ImgDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
