# Fine-tuning of the whole network on dense tasks, as in BEiT and MAE (microsoft/unilm, beit/semantic_segmentation;
# mmseg's configs/mae). The maps at a third, a half, two thirds and the end of the depth ([3, 5, 7, 11] of 12 blocks)
# become a pyramid of strides 4 to 32 (for patches of 16). UPerNet's decoder, as wide as the backbone (768 for ViT-B,
# 1,024 for ViT-L), fuses it. AdamW has layer-wise decay 0.65, and no weight decay for parameters with one dimension
# (norms, biases, LayerScale), CLS token and position embedding. (BEiT's released constructor looks for `cls_token`, but
# the name is `backbone.cls_token`, so its CLS token does decay.) The learning rate is MAE's.
_base_ = 'dense_base.py'

protocol = 'finetune'
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    # Batches and test windows are padded to whole patches.
    data_preprocessor=dict(type='singer_mm.PatchSegDataPreProcessor', patch_size='backbone.patch_size'),
    backbone=dict(
        frozen=False,
        out_type='feat_map',
        out_indices='backbone.third_layers',
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
    paramwise_cfg=dict(
        layer_decay_rate=0.65,
        flat_decay_mult=0.0,
        custom_keys={key: dict(decay_mult=0.0) for key in ('.cls_token', '.reg_token', '.pos_embed')},
    ),
)
