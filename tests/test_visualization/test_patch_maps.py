import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from singer_mm.visualization import draw_patch_cosine_maps, draw_patch_norm_maps

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
