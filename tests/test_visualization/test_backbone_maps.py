import numpy as np

from singer_mm.visualization import draw_pca_feature_maps, draw_relative_norm_maps
from singer_mm.visualization.pca_feature_maps import principal_colours

PHOTOS = [np.full((16, 16, 3), 90, np.uint8)] * 2


def test_norms_are_multiples_of_the_median_so_that_widths_do_not_matter():
    norms = np.random.default_rng(0).uniform(5, 6, (2, 4, 4))
    norms[:, 1, 2] = 60
    figure = draw_relative_norm_maps(PHOTOS, {'narrow': list(norms), 'wide': list(7 * norms)})
    maps = [image.get_array() for axis in figure.axes for image in axis.images if image.get_array().shape == (4, 4)]
    np.testing.assert_allclose(maps[0], norms[0] / np.median(norms[0]))
    np.testing.assert_allclose(maps[0], maps[1])
    assert figure.axes[1].get_xlabel() == f'largest {60 / np.median(norms[0]):.2f} times'


def test_the_first_component_is_the_one_that_varies_most():
    random = np.random.default_rng(0)
    features = 0.01 * random.normal(size=(1, 8, 8, 5))
    features[0, :2, :2, 3] += 10  # a bright corner
    colours = principal_colours(features)
    assert colours.shape == (1, 8, 8, 3) and colours.dtype == np.uint8
    assert colours[0, :2, :2, 0].min() > 250
    assert colours[0, 4:, 4:, 0].max() < 5


def test_colours_do_not_depend_on_rotation_or_shift_of_the_features():
    random = np.random.default_rng(1)
    features = random.gamma(1.0, size=(2, 6, 6, 4)) * [8, 4, 2, 1]
    rotation = np.linalg.qr(random.normal(size=(4, 4)))[0]
    difference = principal_colours(features).astype(int) - principal_colours(features @ rotation + 5)
    assert np.abs(difference).max() <= 1


def test_one_column_for_each_model():
    features = np.random.default_rng(0).normal(size=(2, 4, 4, 5)).astype(np.float16)
    figure = draw_pca_feature_maps(PHOTOS, {'a': features, 'b': features})
    assert [axis.get_title() for axis in figure.axes[:3]] == ['photograph', 'a', 'b']
    assert len(figure.axes) == 6
