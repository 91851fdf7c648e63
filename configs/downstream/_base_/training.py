# Shared by all protocols that train. With this sampler and dataset, a training can resume inside an epoch.
train_dataloader = dict(
    num_workers=8,
    persistent_workers=True,
    drop_last=True,
    sampler=dict(type='singer_mm.ResumableSampler'),
    dataset=dict(type='singer_mm.SeededDataset'),
)
train_cfg = dict(type='singer_mm.ResumableEpochLoop')
