# The recipe of cls_finetune.py for datasets of thousands of images: total batch 128 (1,500 iterations on Flowers). The
# learning rate is scaled by total batch / 1,024.
_base_ = 'cls_finetune.py'

total_batch_size = 128
