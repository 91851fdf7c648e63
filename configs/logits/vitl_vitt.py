# Soft distillation of logits, without labels: the teacher's class probabilities at temperature 3 (as in DeiT's
# ablation), from the CLS token. The teacher needs a classifier; DINOv2 and CLIP have none.
_base_ = '../singer/vitl_vitt.py'

model = dict(
    _delete_=True,
    type='LogitsDistiller',
    teacher={{_base_.model.teacher}},
    student={{_base_.model.student}},
    num_classes=1000,
    token='cls',
    loss_logits=dict(type='LogitsLoss', kind='soft', temperature=3.0),
)
