# FitNet against targets on one scale: each channel of each layer standardised by running statistics of the teacher, so
# that no layer and no channel outweighs the others.
_base_ = './vitl_vitt.py'

model = dict(loss_kd=dict(normalization='channel'))
