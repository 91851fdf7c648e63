# Methods on real images, compared by what classifiers find in their students (docs/head_to_head.md):
#   python tools/ablations.py configs/head_to_head/methods.py --seeds 3
_base_ = '../_base_/methods/singer_standardized.py'

base_config = './base.py'
fitnet = dict(refiner=None, loss_outlier=None, loss_info=None)
channel = dict(normalization='channel')
imagenet_statistics = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
variants = {
    'FitNet': fitnet,
    'FitNet, channel': dict(fitnet, loss_kd=channel),
    'SiNGER, paper': dict(),
    'SiNGER, released': dict(
        layer_map='released',
        refiner=dict(basis='released', threshold=0.05),
        loss_info=dict(intermediate='feature', final_reference='previous_refined'),
        data_preprocessor=dict(type='ImgDataPreprocessor', **imagenet_statistics),
    ),
    'SiNGER, recommended': {{_base_.singer_standardized}},
    'SiNGER, channel': dict(loss_kd=channel),
    'cosine, last block': dict(fitnet, teacher_layers=[11], loss_kd=dict(distance='cosine')),
    'MSE, last two blocks': dict(fitnet, teacher_layers=[10, 11]),
    'ViTKD': dict(
        _delete_=True,
        type='ViTKDDistiller',
        teacher_layers=[8, 11],
        layer_map='released',
        projector=dict(type='LinearProjector'),
        loss_kd=dict(type='TokenMSELoss', loss_weight=3e-5, reduction='sum'),
        generator=dict(type='MaskedGenerator', mask_ratio=0.5),
        loss_generation=dict(type='TokenMSELoss', loss_weight=6e-6, reduction='sum'),
        train_projectors=False,
        data_preprocessor=dict(type='ImgDataPreprocessor', **imagenet_statistics),
    ),
}
baselines = {'supervised': './supervised.py'}
labelled = dict(folder='data/fashion_mnist', size=84, train=10000)
