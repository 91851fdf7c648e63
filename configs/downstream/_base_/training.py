# What every protocol that trains shares. Sampler and dataset let a training resume inside an epoch.
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(type='singer_mm.SeededDataset'),
)
train_cfg = dict(type='singer_mm.ResumableEpochLoop')
