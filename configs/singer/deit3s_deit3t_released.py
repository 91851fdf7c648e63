# SiNGER, DeiT-III-S/16 to DeiT-III-Ti/16, as in Table 1 of SiNGER's paper, as far as a config can reproduce it
# (docs/paper_and_released_code.md).
# Networks of equal depth are paired block by block, as in this row's file on the branch `dev` of the released code.
_base_ = [
    '../_base_/teachers/deit3_small.py',
    '../_base_/students/deit3_tiny.py',
    '../_base_/methods/singer_released.py',
    '../_base_/datasets/imagenet_unlabelled_224_released.py',
    '../_base_/schedules/adamw_100e_released.py',
    '../_base_/default_runtime.py',
]

model = dict(
    teacher={{_base_.teacher}},
    student={{_base_.student}},
    teacher_layers=[8, 11],
    student_layers=[8, 11],
)
