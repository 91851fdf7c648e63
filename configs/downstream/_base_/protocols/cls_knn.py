# Nearest neighbours as in DINO and DINOv2: L2-normalised CLS token after the final norm, no augmentation, votes
# weighted by softmax(cosine / 0.07). Nothing is trained: `tools/test.py CONFIG --backbone X` needs no checkpoint.
_base_ = 'cls_base.py'

protocol = 'knn'
model = dict(backbone=dict(final_norm=True), head=None)

test_cfg = dict(
    type='singer_mm.KNNTestLoop',
    train_dataloader=dict(
        batch_size=128,
        num_workers=8,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(pipeline={{_base_.test_pipeline}}),
    ),
    ks=(10, 20, 100, 200),
    temperature=0.07,
)

# The pipeline of the feature cache: no augmentation.
cache_pipeline = {{_base_.test_pipeline}}
