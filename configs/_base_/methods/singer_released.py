# SiNGER as in the authors' released code (docs/paper_and_released_code.md).
_base_ = ['./singer.py', './imagenet_statistics.py']

model = dict(
    layer_map='released',
    refiner=dict(basis='released', threshold=0.05),
    loss_info=dict(intermediate='feature', final_reference='previous_refined'),
    data_preprocessor={{_base_.imagenet_statistics}},
)
