# No distillation: the student learns ImageNet's labels, with a linear classifier on its CLS token. Network, crops and
# schedule are those of ../singer/vitl_vitt.py. The backbone is exported like a student.
#
# A step costs 1/19 of a step of SiNGER, because there is no teacher: 7.46 GFLOPs per image instead of 142.31 (FitNet:
# 131.04). So 100 epochs of SiNGER from ViT-L cost as much as 1,907 of these, and 100 of FitNet as much as 1,755:
#   python tools/analysis/method_cost.py configs/singer/vitl_vitt.py configs/fitnet/vitl_vitt.py \
#       configs/supervised/vitt.py
# To train at that cost: --cfg-options train_cfg.max_epochs=1907
_base_ = [
    '../_base_/datasets/imagenet_labelled_224.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]

custom_imports = dict(imports=['singer_mm.libraries.mmpretrain'], allow_failed_imports=False)

model = dict(
    type='mmpretrain.ImageClassifier',
    backbone=dict(
        type='singer_mm.TimmViT',
        model_name='vit_tiny_patch16_224.augreg_in21k_ft_in1k',
        out_type='cls_token',
        final_norm=True,
    ),
    head=dict(
        type='mmpretrain.LinearClsHead',
        num_classes={{_base_.num_classes}},
        in_channels=192,
        loss=dict(type='mmpretrain.CrossEntropyLoss', loss_weight=1.0),
    ),
    data_preprocessor=dict(
        type='mmpretrain.ClsDataPreprocessor',
        num_classes={{_base_.num_classes}},
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        to_rgb=True,
    ),
)
custom_hooks = [dict(type='ExportBackboneHook')]
