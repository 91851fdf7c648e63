# ViTKD as its authors published it, together with the label loss: their sums, weights and mask ratio, and the last
# block after the final norm; network, data and schedule of ../supervised/vitt.py. Their results also use NKD on the
# logits, so they cannot be compared with this config (the docstring of ViTKDDistiller lists all differences).
_base_ = ['../supervised/vitt.py', '../_base_/teachers/vit_large.py']

model = dict(
    _delete_=True,
    type='TaskDistiller',
    task_model={{_base_.model}},
    distiller=dict(
        type='ViTKDDistiller',
        teacher={{_base_.teacher}},
        teacher_layers=[0, 1, 23],
        student_layers=[0, 1, 11],
        projector=dict(type='LinearProjector'),
        loss_kd=dict(type='TokenMSELoss', loss_weight=3e-5, reduction='sum'),  # alpha
        generator=dict(type='MaskedGenerator', mask_ratio=0.5),  # lambda
        loss_generation=dict(type='TokenMSELoss', loss_weight=6e-6, reduction='sum'),  # beta / lambda = 3e-6 / 0.5
        final_norm=True,
    ),
)
custom_hooks = [dict(type='SiNGERHook', interval=100)]
