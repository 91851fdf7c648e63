# SiNGER, DINOv2 ViT-L/14 to ViT-S/14 at 224 px. For 518 px: train_dataloader.dataset.pipeline.1.size=518.
_base_ = [
    '../_base_/teachers/dinov2_large.py',
    '../_base_/students/vit_small_p14.py',
    '../_base_/methods/singer.py',
    '../_base_/datasets/imagenet_unlabelled_224.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    teacher={{_base_.teacher}},
    student={{_base_.student}},
    teacher_layers=[17, 23],
)
