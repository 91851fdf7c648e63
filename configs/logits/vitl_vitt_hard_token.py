# Hard distillation with DeiT's distillation token, without labels: as in vitl_vitt_hard.py, but a second token of the
# student learns the class (DeiT also trains the CLS token, with true labels; here no loss trains it).
_base_ = './vitl_vitt_hard.py'

model = dict(
    student=dict(_delete_=True, type='TimmViT', model_name='deit_tiny_distilled_patch16_224'),
    token='distillation',
)
