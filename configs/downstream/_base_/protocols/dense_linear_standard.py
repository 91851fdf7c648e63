# Linear evaluation of dense tasks as in DINOv2 and DINOv3: heads on the tokens after the final norm, unless a config
# says otherwise. Learning rates, and one or four blocks, are compared on a tenth of the training set. The test set is
# used once. A task's config also adds `held_out_set`.
_base_ = 'dense_base.py'

protocol = 'linear_standard'
model = dict(
    # Batches and test windows are padded to whole patches.
    data_preprocessor=dict(type='singer_mm.PatchSegDataPreProcessor', patch_size='backbone.patch_size'),
    backbone=dict(frozen=True, out_indices=[-4, -3, -2, -1], final_norm=True, dynamic_img_size=True),
    decode_head=dict(type='singer_mm.SweepDecodeHead', in_channels='backbone.out_channels', blocks=[1, 4]),
)

# No max_batch_per_gpu: a head may have batch norms, which need the whole batch at once.
total_batch_size = 16
train_dataloader = dict(dataset=dict(dataset=dict(type='singer_mm.HoldOut', part='train')))
held_out_dataloader = dict(
    batch_size=1,
    num_workers=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='singer_mm.HoldOut', part='held_out'),
)

optim_wrapper = dict(constructor='singer_mm.SweepOptimWrapperConstructor', optimizer=dict(type='AdamW'))
