# FitNet with targets on one scale: running statistics of the teacher standardise each channel of each layer, so that no
# layer and no channel outweighs the others.
_base_ = './vitl_vitt.py'

model = dict(loss_kd=dict(normalization='channel'))
