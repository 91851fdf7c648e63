# The same recipe for datasets of thousands of images: batches of 128 (1,500 iterations on Flowers), at a rate scaled
# accordingly.
_base_ = 'cls_finetune.py'

train_dataloader = dict(batch_size=128)
