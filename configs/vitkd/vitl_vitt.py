# ViTKD as the baseline of SiNGER's paper: the feature losses alone, without labels; data and schedule of
# ../singer/vitl_vitt.py. The first two blocks are mimicked, the last one is generated from half of its patches.
# The docstring of ViTKDDistiller says which details of the released code this keeps.
_base_ = '../singer/vitl_vitt.py'

model = dict(
    _delete_=True,
    type='ViTKDDistiller',
    teacher={{_base_.model.teacher}},
    student={{_base_.model.student}},
    teacher_layers=[0, 1, 23],
    student_layers=[0, 1, 11],
    projector=dict(type='LinearProjector'),
    loss_kd=dict(type='TokenMSELoss', loss_weight=1.0, reduction='mean'),
    generator=dict(type='MaskedGenerator', mask_ratio=0.5),
    loss_generation=dict(type='TokenMSELoss', loss_weight=1.0, reduction='mean'),
)
