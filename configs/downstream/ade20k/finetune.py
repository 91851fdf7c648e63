# Fine-tuning of the whole network with UPerNet, as in BEiT and MAE: crops of 512 px, sliding windows in testing. For
# patches of 14, batches (masks with 255) and windows are padded from 512 to 518 px.
_base_ = ['../_base_/protocols/dense_finetune.py', '../_base_/datasets/ade20k_512.py']

model = dict(
    type='singer_mm.PatchEncoderDecoder',
    data_preprocessor=dict(size=(512, 512), seg_pad_val=255),
    decode_head=dict(
        type='UPerHead',
        channels='backbone.embed_dims',
        num_classes=150,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
    auxiliary_head=dict(
        type='FCNHead',
        in_channels='backbone.out_channels',
        in_index=2,
        channels=256,
        num_convs=1,
        concat_input=False,
        dropout_ratio=0.1,
        num_classes=150,
        norm_cfg={{_base_.norm_cfg}},
        align_corners=False,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=0.4),
    ),
    test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(341, 341)),
)
train_dataloader = dict(dataset=dict(dataset={{_base_.train_set}}))
test_dataloader = dict(dataset={{_base_.test_set}})

# Published: 160,000 iterations of 16 images, with 1,500 of warm-up. Ours: 20,210 images / 16 = 1,263 iterations per
# epoch; 127 epochs are 160,401, and 1.19 epochs 1,502.
train_cfg = dict(max_epochs=127)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, by_epoch=True, begin=0, end=1.19, convert_to_iter_based=True),
    dict(type='PolyLR', power=1.0, eta_min=0.0, by_epoch=True, begin=1.19, convert_to_iter_based=True),
]
