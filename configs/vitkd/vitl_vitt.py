# ViTKD without labels: only the feature losses, with all their parts trained; data and schedule of
# ../singer/vitl_vitt.py. The first two blocks are mimicked; the last block is generated from half of its patches. The
# row of Table 1 is vitl_vitt_released.py, whose projectors and generator are not trained.
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
