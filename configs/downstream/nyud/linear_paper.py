# Linear depth as in Table 1 of SiNGER: the CLS token concatenated to every patch token of the last block, before the
# final norm; a 1x1 convolution to 256 uniform bins over 0 to 10 m, enlarged bilinearly, cross-entropy; the prediction
# is the mean of the bins' centres under softmax(logits / 0.03). Where the released code departs from the paper's text
# or from the benchmark, the text and the benchmark are followed:
# - RMSE inside the Eigen crop, at 480x640, for each image and then averaged (released: no crop, depth resized to
#   224x224, pixels of all images pooled, and those dropped where the *prediction* leaves (0, 10) m). Pooling gives
#   larger values;
# - the whole image is squashed to 224 px (released: its central square only, which lacks columns of the Eigen crop);
# - depth is in metres once (released: divided by 10 twice, so bins hold other distances), and the test set is the
#   test split (released converter: the training split for both);
# - images are normalised as the backbone expects (released: a mean with two wrong channels);
# - the last epoch is reported (released: the best epoch on the test set);
# - no augmentation, so that the features of an image are computed once. The colour jitter of the released code never
#   ran.
_base_ = ['../_base_/protocols/dense_linear_paper.py', '../_base_/datasets/nyud_224.py']

model = dict(
    type='DepthEstimator',
    data_preprocessor=dict(seg_pad_val=0),
    backbone=dict(out_type='cls_and_map'),
    decode_head=dict(type='singer_mm.BinnedDepthHead', bins=256, max_depth=10.0, temperature=0.03),
)
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})

# What a feature cache trains on: the same, since nothing is random.
cache_pipeline = {{_base_.train_pipeline}}
