# cls_linear_released.py for a dataset that the authors' code splits itself: a random 80 % for training, the rest for
# testing. A task's config adds the dataset to split, in both dataloaders.
_base_ = 'cls_linear_released.py'

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='singer_mm.HoldOut',
            part='train',
            share=0.2,
            dataset=dict(pipeline={{_base_.train_pipeline}}),
        )
    )
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='singer_mm.HoldOut',
        part='held_out',
        share=0.2,
        dataset=dict(pipeline={{_base_.test_pipeline}}),
    )
)
