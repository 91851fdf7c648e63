# Fine-tuning of the whole network on dense tasks, as BEiT and MAE do it: maps of the blocks at a quarter, a half, three
# quarters and the end of the depth become a pyramid of strides 4 to 32 (for patches of 16), which UPerNet's decoder
# fuses; AdamW with layer-wise decay.
_base_ = 'dense_base.py'

norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    # Batches are padded to whole patches, and so is each window of the test.
    data_preprocessor=dict(type='singer_mm.PatchSegDataPreProcessor', patch_size='backbone.patch_size'),
    backbone=dict(
        frozen=False,
        out_type='feat_map',
        out_indices='backbone.quarter_layers',
        final_norm=False,
        dynamic_img_size=True,
        drop_path_rate=0.1,
    ),
    neck=dict(type='Feature2Pyramid', embed_dim='backbone.out_channels', rescales=[4, 2, 1, 0.5], norm_cfg=norm_cfg),
    decode_head=dict(
        in_channels=['backbone.out_channels'] * 4,
        in_index=[0, 1, 2, 3],
        pool_scales=(1, 2, 3, 6),
        dropout_ratio=0.1,
        norm_cfg=norm_cfg,
        align_corners=False,
    ),
)

# No max_batch_per_gpu: batch norms need the whole batch at once.
total_batch_size = 16
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='singer_mm.LayerDecayConstructor',
    optimizer=dict(type='AdamW', lr=1e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(layer_decay_rate=0.75, norm_decay_mult=0.0, custom_keys={'.pos_embed': dict(decay_mult=0.0)}),
)
