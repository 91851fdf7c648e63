# SiNGER, DeiT-III-S/16 to DeiT-III-Ti/16: layers at the relative depths of ViT-L's 17 and 23.
_base_ = [
    '../_base_/teachers/deit3_small.py',
    '../_base_/students/deit3_tiny.py',
    '../_base_/methods/singer.py',
    '../_base_/datasets/imagenet_unlabelled_224.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(
    teacher={{_base_.teacher}},
    student={{_base_.student}},
    teacher_layers=[8, 11],
)
