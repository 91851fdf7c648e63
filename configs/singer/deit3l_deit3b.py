# SiNGER, DeiT-III-L/16 to DeiT-III-B/16.
_base_ = [
    '../_base_/teachers/deit3_large.py',
    '../_base_/students/deit3_base.py',
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
