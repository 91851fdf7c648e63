# Linear segmentation as in Table 1 of SiNGER: patch tokens of the last block before the final norm, a 1x1 convolution
# to 150 classes, enlarged bilinearly, cross-entropy. Where the released code departs from the paper's text or from
# the benchmark, the text is followed:
# - mIoU is that of the benchmark: dataset-level, on the original masks, to which the prediction is resized (released:
#   masks squashed to 224x224 in testing, too; "mIoU" as the mean over batches when the best epoch is picked);
# - the last epoch is reported (released: the best epoch on the test set);
# - images are normalised as the backbone expects;
# - no augmentation, so that the features of an image are computed once. The colour jitter of the released code never
#   ran.
_base_ = ['../_base_/mmseg.py', '../_base_/datasets/ade20k.py', '../_base_/schedules/dense_linear_paper.py']
custom_imports = dict(
    imports=[
        'singer_mm.registry',
        'singer_mm.datasets.transforms.check_label_map',
        'singer_mm.evaluation.metrics.prediction_recorder',
        'singer_mm.models.heads.linear_decode_head',
    ],
    allow_failed_imports=False,
)

model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean='backbone.mean',
        std='backbone.std',
        bgr_to_rgb=True,
        size=(224, 224),
        seg_pad_val=255,
    ),
    backbone=dict(
        type='singer_mm.TimmViT', frozen=True, out_type='feat_map', out_indices=[-1], final_norm=False, img_size=224
    ),
    decode_head=dict(type='singer_mm.LinearDecodeHead', in_channels='backbone.out_channels', num_classes=150),
    test_cfg=dict(mode='whole'),
)

# Squashed, image and mask: the aspect ratio is lost, as in the released code.
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='PackSegInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    # After the resize, so that masks keep their size.
    dict(type='LoadAnnotations'),
    dict(type='singer_mm.CheckLabelMap', num_classes=150),
    dict(type='PackSegInputs'),
]
# The global batch, on one GPU; on 8 set train_dataloader.batch_size=8.
train_dataloader = dict(batch_size=64, dataset=dict(dataset=dict(pipeline=train_pipeline)))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

# What a feature cache trains on: the same, since nothing is random.
cache_pipeline = train_pipeline

# On the miniature dataset.
mini = dict(
    train_cfg=dict(max_epochs=10),
    train_dataloader=dict(batch_size=8, num_workers=0, persistent_workers=False),
    test_dataloader=dict(num_workers=0, persistent_workers=False),
)
