# Linear evaluation of dense tasks as in the authors' code (AIRLABkhu/SiNGER, caf50ec:
# tools/lineval/{ade20k,nyud}.py with README's options: 200 epochs, total batch 64, SGD 0.5), only for comparison with
# the published Table 1. Head, optimizer and schedule are those of dense_linear_paper.py. Images are normalised in the
# pipelines, because training and test images get different statistics: the loader of the test set expects (subset,
# mean) but gets (mean, std), so for test images the standard deviation is also used as the mean. Every epoch is tested
# on the test set, and the best one is reported. Features cannot be cached, because training images are augmented. Not
# reproduced: their code uses the same image order in every epoch and keeps the last, smaller batch (2,600 instead of
# 2,400 iterations on NYU). Its colour jitter never runs (`p` becomes `always_apply`), so there is none here.
_base_ = 'dense_linear_paper.py'

protocol = 'linear_released'
# These statistics apply even if a student file has others.
protocol_statistics = True
model = dict(data_preprocessor=dict(mean=None, std=None, bgr_to_rgb=False))
