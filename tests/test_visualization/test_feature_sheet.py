import io

import numpy as np
import pytest
import torch
from matplotlib.patches import Rectangle

from singer_mm.analysis.views.feature_maps import compare_views
from singer_mm.evaluation.similarity.feature_view import FeatureView
from singer_mm.visualization.feature_sheet import draw_feature_sheet
from singer_mm.visualization.patch_maps import correlation_limits, draw_agreement_maps
from singer_mm.visualization.save_figure import figure_pixels

PHOTOS = [np.full((40, 40, 3), shade, np.uint8) for shade in (60, 180)]
NAMES = ['one.png', 'two.png']


def maps_of(*labels, grids=None):
    grids = grids or [(4, 4)] * len(labels)
    return compare_views(
        [
            FeatureView(label, torch.randn(2, grid[0] * grid[1], 5), grid)
            for label, grid in zip(labels, grids, strict=True)
        ]
    )


def maps_drawn(figure):
    """Images with a colour scale; photographs and principal components have three channels."""
    return [image for axis in figure.axes for image in axis.images if image.get_array().ndim == 2]


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_each_quantity_has_one_scale_for_all_networks():
    maps = maps_of('teacher', 'b', 'c')
    figure = draw_feature_sheet(PHOTOS, NAMES, maps)
    drawn = [image for image in maps_drawn(figure) if image.get_array().shape == (4, 4)]
    assert len(drawn) == 2 * (3 + 3 + 2)  # two photographs; nothing to agree with in the teacher's own column
    norms, cosines, agreements = drawn[:6], drawn[6:12], drawn[12:]
    for group in (norms, cosines, agreements):
        assert len({image.get_clim() for image in group}) == 1
        values = np.concatenate([image.get_array().ravel() for image in group])
        low, high = group[0].get_clim()
        assert low <= values.min() and values.max() <= high + 1e-6
    np.testing.assert_allclose(norms[0].get_array(), maps.norms['teacher'][0] / np.median(maps.norms['teacher'][0]))
    np.testing.assert_allclose(cosines[3].get_array(), maps.cosines['b'][1])
    np.testing.assert_allclose(agreements[2].get_array(), maps.agreements['c'][0])
    assert {image.get_cmap().name for image in drawn} == {'viridis'}


def test_panels_columns_and_units_are_named():
    figure = draw_feature_sheet(PHOTOS, NAMES, maps_of('teacher', 'student'))
    text = words(figure)
    assert text.count('teacher') == text.count('student') == 4
    for title in ('Patch norms', 'Cosine with the marked patch', 'Agreement with the teacher, patch by patch'):
        assert title in text
    units = [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()]
    assert units == [
        'patch norm / median of the map',
        'cosine (1: same direction)',
        "correlation of a patch's cosines with the teacher's",
    ]
    assert 'one.png' in [axis.get_xlabel() for axis in figure.axes]


def test_the_marked_patch_is_outlined_in_the_photograph_and_in_each_cosine_map():
    figure = draw_feature_sheet(PHOTOS, NAMES, maps_of('teacher', 'student'))
    boxes = [patch.get_bbox().bounds for axis in figure.axes for patch in axis.patches if isinstance(patch, Rectangle)]
    # A white and a black line each; patch (2, 2) of 4x4, of 10 px in the photograph.
    assert boxes.count((19.5, 19.5, 10, 10)) == 2 * 2
    assert boxes.count((1.5, 1.5, 1, 1)) == 2 * 2 * 2


def test_pictures_do_not_overlap():
    figure = draw_feature_sheet(PHOTOS, NAMES, maps_of('teacher', 'b\nin two lines', 'c'))
    boxes = [axis.get_position() for axis in figure.axes]
    for index, one in enumerate(boxes):
        assert 0 <= one.x0 < one.x1 <= 1 and 0 <= one.y0 < one.y1 <= 1
        assert not any(one.overlaps(other) for other in boxes[index + 1 :])


def test_one_network_alone_has_no_agreement_panel():
    figure = draw_feature_sheet(PHOTOS, NAMES, maps_of('only'))
    assert not any('greement' in text for text in words(figure))
    assert words(figure).count('only') == 3


def test_a_grid_of_its_own_is_said():
    figure = draw_feature_sheet(PHOTOS, NAMES, maps_of('teacher', 'coarse', grids=[(4, 4), (2, 2)]))
    assert any(
        'coarse sees 2x2 patches; for cosines and agreement its tokens were resampled to the 4x4 of teacher' in text
        for text in words(figure)
    )


def test_agreement_maps_name_their_mean():
    maps = {'student': [np.array([[0.5, 1.0], [-0.25, 0.75]])] * 2}
    figure = draw_agreement_maps(PHOTOS, maps)
    assert figure.axes[1].get_xlabel() == 'mean 0.50'
    assert maps_drawn(figure)[0].get_clim() == pytest.approx((-0.3, 1.0))


@pytest.mark.parametrize(('smallest', 'lower'), [(0.4, 0.0), (-0.21, -0.3)])
def test_limits_of_correlations(smallest, lower):
    assert correlation_limits({'a': [np.array([[smallest, np.nan, 0.9]])]}) == pytest.approx((lower, 1.0))


def test_pixels_are_those_of_the_png():
    figure = draw_agreement_maps(PHOTOS, {'a': [np.eye(4)] * 2})
    pixels = figure_pixels(figure, 50)
    height, width = pixels.shape[:2]
    assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
    assert (width, height) == tuple(int(side * 50) for side in figure.get_size_inches())
    figure.savefig(buffer := io.BytesIO(), format='png', dpi=50)
    assert buffer.getbuffer().nbytes > 0 and (pixels == 255).all(axis=-1).any() and (pixels < 100).any()
