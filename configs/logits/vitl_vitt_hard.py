# Hard distillation of logits, without labels: the teacher's most likely class, from the CLS token.
_base_ = './vitl_vitt.py'

model = dict(loss_logits=dict(_delete_=True, type='LogitsLoss', kind='hard'))
