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
_base_ = ['../_base_/mmseg.py', '../_base_/datasets/nyud.py', '../_base_/schedules/dense_linear_paper.py']
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.datasets.transforms.check_depth_map',
        'singer_mm.evaluation.metrics.depth_metric_per_image',
        'singer_mm.evaluation.metrics.prediction_recorder',
        'singer_mm.models.heads.binned_depth_head',
    ],
    allow_failed_imports=False,
)

model = dict(
    type='DepthEstimator',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean='backbone.mean',
        std='backbone.std',
        bgr_to_rgb=True,
        size=(224, 224),
        seg_pad_val=0,
    ),
    backbone=dict(
        type='singer_mm.TimmViT', frozen=True, out_type='cls_and_map', out_indices=[-1], final_norm=False, img_size=224
    ),
    decode_head=dict(
        type='singer_mm.BinnedDepthHead',
        in_channels='backbone.out_channels',
        bins=256,
        max_depth=10.0,
        temperature=0.03,
    ),
    test_cfg=dict(mode='whole'),
)

meta_keys = ('img_path', 'depth_map_path', 'ori_shape', 'img_shape', 'scale_factor', 'flip', 'flip_direction')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    # After the resize, so that depth keeps its size.
    dict(type='LoadDepthAnnotation', depth_rescale_factor=1e-3),
    dict(type='singer_mm.CheckDepthMap', max_depth=10.0),
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
# The global batch, on one GPU; on 8 set train_dataloader.batch_size=8.
train_dataloader = dict(batch_size=64, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# What a feature cache trains on: the same, since nothing is random.
cache_pipeline = train_pipeline

# On the miniature dataset: 60 images, 210 iterations; far fewer at this learning rate end no better than a constant.
mini = dict(
    train_cfg=dict(max_epochs=30),
    train_dataloader=dict(batch_size=8, num_workers=0, persistent_workers=False),
    test_dataloader=dict(num_workers=0, persistent_workers=False),
)
