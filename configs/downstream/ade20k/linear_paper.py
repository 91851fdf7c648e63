# Linear segmentation as in Table 1 of SiNGER: patch tokens of the last block before the final norm, a 1x1 convolution
# to 150 classes, enlarged bilinearly, cross-entropy. Where the released code departs from the paper's text or from
# the benchmark, the text is followed:
# - mIoU is that of the benchmark: dataset-level, on the original masks, to which the prediction is resized (released:
#   masks squashed to 224x224 in testing, too; "mIoU" as the mean over batches when the best epoch is picked);
# - the last epoch is reported (released: the best epoch on the test set);
# - images are normalised as the backbone expects (released: ADE20K's statistics, in testing the deviation as mean);
# - the crops and flips of the released code augment the training images unless features are cached; its colour jitter
#   never ran.
# The authors' code to the letter is linear_released.py.
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
