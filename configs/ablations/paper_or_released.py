# The differences between the paper's text and the released code, one at a time (docs/paper_and_released_code.md).
base_config = '../singer/vitl_vitt.py'
released_preprocessor = dict(type='ImgDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
variants = {
    'paper': dict(),
    'released basis': dict(refiner=dict(basis='released', threshold=0.05)),
    'released info loss': dict(loss_info=dict(intermediate='feature', final_reference='previous_refined')),
    'released layer map': dict(layer_map='released'),
    'released normalisation of inputs': dict(data_preprocessor=released_preprocessor),
    'released': dict(
        refiner=dict(basis='released', threshold=0.05),
        loss_info=dict(intermediate='feature', final_reference='previous_refined'),
        layer_map='released',
        data_preprocessor=released_preprocessor,
    ),
}
