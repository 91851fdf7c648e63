import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from singer_mm.visualization.patch_maps import (
    draw_patch_cosine_maps,
    draw_patch_norm_maps,
    draw_pca_feature_maps,
    draw_relative_norm_maps,
    principal_colours,
)

MODELS = ('teacher', 'refined teacher', 'student')


@pytest.fixture
def photos():
    return [np.full((28, 56, 3), shade, np.uint8) for shade in (50, 200)]


def maps_between(smallest, largest, seed=0):
    random = np.random.default_rng(seed)
    maps = {name: [random.uniform(smallest, largest, (4, 8)) for _ in range(2)] for name in MODELS}
    maps['teacher'][0][0, 0] = smallest
    maps['student'][1][3, 7] = largest
    return maps


def drawn_maps(figure):
    """Images with a colour scale; photographs and the colour bar have none of this shape."""
    return [image for axis in figure.axes for image in axis.images if image.get_array().shape == (4, 8)]


def headers(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def test_norm_maps_form_a_grid_of_photographs_and_models(photos):
    norms = maps_between(3, 90)
    figure = draw_patch_norm_maps(photos, norms, 'teacher block 11')
    assert len(figure.axes) == 2 * (1 + len(MODELS)) + 1  # and the colour bar
    assert headers(figure) == ['photograph', *MODELS]
    expected = [norms[name][row] for row in range(2) for name in MODELS]
    for image, values in zip(drawn_maps(figure), expected, strict=True):
        np.testing.assert_array_equal(image.get_array(), values)


def test_norm_maps_share_the_scale_of_the_extreme_patches(photos):
    figure = draw_patch_norm_maps(photos, maps_between(3, 90), 'teacher block 11')
    assert {image.get_clim() for image in drawn_maps(figure)} == {(3.0, 90.0)}
    assert len({image.get_cmap().name for image in drawn_maps(figure)}) == 1


def test_norm_maps_name_the_space_and_the_numbers(photos):
    norms = maps_between(3, 90)
    figure = draw_patch_norm_maps(photos, norms, 'teacher block 11')
    assert 'teacher block 11' in figure.get_suptitle()
    median = np.median(norms['student'][1])
    assert figure.axes[7].get_xlabel() == f'median {median:.3g}, largest {90 / median:.2f} times'


@pytest.mark.parametrize(('smallest', 'lower_limit'), [(0.2, 0.0), (-0.34, -0.4)])
def test_cosine_maps_share_a_scale_that_clips_nothing(photos, smallest, lower_limit):
    figure = draw_patch_cosine_maps(photos, maps_between(smallest, 1), [(1, 2), (3, 7)])
    for image in drawn_maps(figure):
        assert image.get_clim() == pytest.approx((lower_limit, 1.0))


def test_the_marked_patch_is_outlined_in_photograph_and_maps(photos):
    figure = draw_patch_cosine_maps(photos, maps_between(0, 1), [(1, 2), (3, 7)])

    def outline(axis):
        boxes = {patch.get_bbox().bounds for patch in axis.patches if isinstance(patch, Rectangle)}
        assert len(boxes) == 1  # a white and a black line on the same corners
        return boxes.pop()

    # The photograph has 7 x 7 pixels for each patch; pixel centres lie on whole numbers.
    assert outline(figure.axes[0]) == (13.5, 6.5, 7.0, 7.0)
    assert outline(figure.axes[1]) == (1.5, 0.5, 1.0, 1.0)
    assert outline(figure.axes[4]) == (48.5, 20.5, 7.0, 7.0)
    assert outline(figure.axes[7]) == (6.5, 2.5, 1.0, 1.0)


def test_correlations_stand_below_the_maps_of_their_model(photos):
    figure = draw_patch_cosine_maps(photos, maps_between(0, 1), [(0, 0), (0, 0)], {'student': [0.571, -0.1]})
    assert [axis.get_xlabel() for axis in figure.axes[:8]] == [
        *('', '', '', 'correlation with teacher 0.57'),
        *('', '', '', 'correlation with teacher -0.10'),
    ]


def test_figures_can_be_written_without_a_display(photos):
    buffer = io.BytesIO()
    draw_patch_norm_maps(photos, maps_between(3, 90), 'teacher block 11').savefig(buffer, format='png')
    assert buffer.getvalue().startswith(b'\x89PNG')


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
