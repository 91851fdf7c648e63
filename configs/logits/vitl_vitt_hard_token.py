# Hard distillation by DeiT's distillation token, without labels: as vitl_vitt_hard.py, but a second token of the
# student learns it (DeiT trains the CLS token with true labels beside it; here no loss trains it).
_base_ = './vitl_vitt_hard.py'

model = dict(
    student=dict(_delete_=True, type='TimmViT', model_name='deit_tiny_distilled_patch16_224'),
    token='distillation',
)
