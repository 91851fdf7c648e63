# SiNGER, ViT-L/16 to ViT-Ti/16: blocks are counted from 0; the student's blocks 8 and 11 follow from the depth.
_base_ = [
    '../_base_/teachers/vit_large.py',
    '../_base_/students/vit_tiny.py',
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
