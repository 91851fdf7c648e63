_base_ = '../../downstream/pets/finetune.py'

data_folder = 'data/mini'
total_batch_size = 32
max_batch_per_gpu = None
train_dataloader = test_dataloader = dict(num_workers=0)
train_cfg = dict(max_epochs=10)
