# SiNGER, ViT-L/16 to ViT-S/16, as in Table 1 of SiNGER's paper, as far as a config can reproduce it
# (docs/paper_and_released_code.md).
# Student blocks 8 and 11.
_base_ = [
    '../_base_/teachers/vit_large.py',
    '../_base_/students/vit_small.py',
    '../_base_/methods/singer_released.py',
    '../_base_/datasets/imagenet_unlabelled_224_released.py',
    '../_base_/schedules/adamw_100e_released.py',
    '../_base_/default_runtime.py',
]

model = dict(
    teacher={{_base_.teacher}},
    student={{_base_.student}},
    teacher_layers=[17, 23],
)
