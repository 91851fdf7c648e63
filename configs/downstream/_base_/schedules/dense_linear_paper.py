# The released linear evaluation of dense tasks: SGD without momentum, cosine per iteration, 200 epochs, batches of 64.
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.5, momentum=0.0, weight_decay=1e-6))
param_scheduler = [dict(type='CosineAnnealingLR', eta_min=1e-8, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(type='singer_mm.ResumableEpochLoop', max_epochs=200)
