# Shared by all dense protocols: the normalisation of images and the dataloaders. A task's config adds `train_set` and
# `test_set` of its dataset base.
_base_ = ['../mmseg.py', '../training.py']

model = dict(
    data_preprocessor=dict(type='SegDataPreProcessor', mean='backbone.mean', std='backbone.std', bgr_to_rgb=True),
    backbone=dict(type='singer_mm.TimmViT'),
)

# One image at a time: images of ADE20K differ in size.
test_dataloader = dict(
    batch_size=1,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
)
test_cfg = dict(type='TestLoop')
