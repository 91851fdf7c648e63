# Linear evaluation of dense tasks as the authors' code does it (AIRLABkhu/SiNGER, caf50ec:
# tools/lineval/{ade20k,nyud}.py with README's options: 200 epochs, total batch 64, SGD 0.5), only for comparison with
# the published Table 1. Head, optimizer and schedule are those of dense_linear_paper.py. Images are normalised in the
# pipelines, since training and test images get different statistics: the loader of the test set is given (mean, std)
# where it takes (subset, mean), so that test images have the standard deviation taken for the mean as well. Every epoch
# is tested on the test set, and the best one is reported. Features cannot be cached: training images are augmented. Not
# the same: theirs deals the images out in the same order in every epoch and keeps the last, smaller batch (2,600
# instead of 2,400 iterations on NYU); its colour jitter never runs (`p` becomes `always_apply`), so there is none here.
_base_ = 'dense_linear_paper.py'

protocol = 'linear_released'
# Also against what the file of a student tells.
protocol_statistics = True
model = dict(data_preprocessor=dict(mean=None, std=None, bgr_to_rgb=False))
