# Linear segmentation as in Table 1 of SiNGER: patch tokens of the last block before the final norm, a 1x1 convolution
# to 150 classes, bilinear upsampling, cross-entropy. Where the released code differs from the paper's text or from the
# benchmark, this config follows the text and the benchmark:
# - mIoU is that of the benchmark: over the dataset, on the original masks, to whose size predictions are resized
#   (released: masks resized to 224x224 in testing, too; the best epoch is the one with the best mean mIoU of batches);
# - the last epoch is reported (released: the best epoch on the test set);
# - images are normalised as the backbone expects (released: ADE20K's statistics, in testing the deviation as mean);
# - the crops and flips of the released code augment the training images unless features are cached; its colour jitter
#   never ran.
# linear_released.py follows the authors' code.
_base_ = ['../_base_/protocols/dense_linear_paper.py', '../_base_/datasets/ade20k_224.py']

model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(seg_pad_val=255),
    backbone=dict(out_type='feat_map'),
    decode_head=dict(type='singer_mm.LinearDecodeHead', num_classes=150),
)
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})

cache_pipeline = {{_base_.plain_train_pipeline}}
