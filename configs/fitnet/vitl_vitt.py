# FitNet: same networks, layers, data and schedule as SiNGER, but unrefined teacher features. The row of Table 1
# is vitl_vitt_released.py, which distils three blocks.
_base_ = '../singer/vitl_vitt.py'

model = dict(
    _delete_=True,
    type='FeatureDistiller',
    teacher={{_base_.model.teacher}},
    student={{_base_.model.student}},
    teacher_layers={{_base_.model.teacher_layers}},
    projector=dict(type='LinearProjector'),
    loss_kd=dict(type='KDLoss', loss_weight=1.0, reduction='sum_layers'),  # summed, as in the released code
)
