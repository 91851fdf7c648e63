# SiNGER, DINOv3 ViT-L/16 to ViT-S/16: CLS is paired with CLS; the teacher's four registers are not paired.
_base_ = [
    '../_base_/teachers/dinov3_large.py',
    '../_base_/students/vit_small.py',
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
