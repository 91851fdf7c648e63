import io

import numpy as np
import pytest

from singer_mm.visualization.norm_distribution import draw_norm_distribution
from singer_mm.visualization.nullspace_share import draw_nullspace_share
from singer_mm.visualization.outlier_positions import draw_outlier_positions
from singer_mm.visualization.patch_maps import draw_outlier_maps
from singer_mm.visualization.spectra import draw_spectra

pytestmark = pytest.mark.slow


def is_png(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format='png')
    return buffer.getvalue().startswith(b'\x89PNG')


def lines(axis):
    return {line.get_label(): line for line in axis.get_lines()}


@pytest.mark.parametrize(('strength', 'scale'), [(1.5, 'linear'), (30.0, 'log')])
def test_norms_over_depth(strength, scale):
    norms = [np.full((2, 4, 4), 5.0 * (layer + 1)) for layer in range(3)]
    norms[2][0, 0, 0] *= strength
    figure = draw_norm_distribution(norms, 2.0, [1, 2], 'norms of x')
    upper, lower = figure.axes
    assert lines(upper)['median'].get_ydata().tolist() == [5, 10, 15]
    assert lines(upper)['largest'].get_ydata().tolist() == [5, 10, 15 * strength]
    assert lines(lower)['largest'].get_ydata().tolist() == [1, 1, strength]
    assert set(lines(lower)['outlier limit'].get_ydata()) == {2}
    assert lower.get_yscale() == scale
    assert upper.get_ylabel() and lower.get_ylabel() and lower.get_xlabel() == 'block'
    assert is_png(figure)


def outlier_maps(largest):
    maps = {'block 1': [np.ones((3, 4)), np.ones((3, 4))], 'block 2': [np.ones((3, 4)), np.ones((3, 4))]}
    maps['block 2'][1][2, 0] = largest
    masks = {name: [image > 2 for image in images] for name, images in maps.items()}
    return draw_outlier_maps([np.zeros((21, 28, 3), np.uint8)] * 2, maps, masks, 2.0)


@pytest.mark.parametrize(('largest', 'highest'), [(1.2, 2), (3, 3), (50, 4)])
def test_outlier_maps_share_a_scale_that_shows_the_limit(largest, highest):
    figure = outlier_maps(largest)
    images = [axis.images[0] for row in range(2) for axis in figure.axes[3 * row + 1 : 3 * row + 3]]
    assert {image.get_clim() for image in images} == {(1.0, highest)}
    assert is_png(figure)


def test_outliers_are_crossed_out_where_they_are():
    axis = outlier_maps(3).axes[5]
    assert {tuple(mark.get_offsets()[0]) for mark in axis.collections} == {(0.0, 2.0)}
    assert axis.get_xlabel() == '1 outliers, largest 3.00'
    assert len(outlier_maps(3).axes[1].collections[0].get_offsets()) == 0


def test_positions():
    frequency = {'block 0': np.zeros((3, 3)), 'block 1': np.eye(3) / 2}
    places = {'at the border': ([None, 0.75], 0.25), 'before': ([None, 0.5], None)}
    figure = draw_outlier_positions(frequency, [0.0, 0.02], 0.001, places)
    maps = [axis for axis in figure.axes if axis.images]
    assert [axis.images[0].get_clim() for axis in maps] == [(0, 0.5)] * 2
    assert maps[0].get_title() == 'block 0\nno outliers'
    shares, preferred = (axis for axis in figure.axes if axis.get_xlabel() == 'block')
    assert [bar.get_height() for bar in shares.patches] == [0, 0.02]
    np.testing.assert_equal(lines(preferred)['at the border (dotted: by chance)'].get_ydata(), [np.nan, 0.75])
    assert is_png(figure)


def test_positions_without_any_outlier():
    assert is_png(draw_outlier_positions({'block 0': np.zeros((3, 3))}, [0.0], 0.001, {'border': ([None], 0.5)}))


@pytest.mark.parametrize('rank', [2, None])
def test_spectra_mark_the_blocks_that_matter(rank):
    values = {block: np.array([4.0, 2, 1, 0.0]) for block in (1, 2, 3)}
    gains = {block: np.array([0.0, 0.1, 0.5, 1]) for block in (1, 2, 3)}
    figure = draw_spectra(values, gains, 0.1, rank, [2, 3])
    drawn = lines(figure.axes[0])
    widths = [drawn[f'block {block}'].get_linewidth() for block in (1, 2, 3)]
    assert widths[0] < widths[1] == widths[2]
    assert drawn['block 2'].get_marker() != drawn['block 3'].get_marker()
    np.testing.assert_allclose(drawn['block 1'].get_ydata(), np.array([4, 2, 1, 0]) / np.sqrt(21 / 4))
    assert (rank is not None) == any('rank 2' in text.get_text() for text in figure.axes[1].texts)
    assert is_png(figure)


def test_share_inside_the_nullspace():
    ordinary = np.tile(np.arange(1, 9) / 8, (3, 1))
    outliers = np.full((3, 8), np.nan)
    outliers[1] = 1.0
    figure = draw_nullspace_share(outliers, ordinary, 2, [0, 1])
    curves, layers = figure.axes[:2]
    assert 'block 0, outliers' not in lines(curves)  # it has none
    assert lines(curves)['block 1, outliers'].get_ydata().tolist() == [1] * 8
    np.testing.assert_allclose(lines(curves)['chance: r / C'].get_ydata(), np.arange(1, 9) / 8)
    assert set(lines(layers)['chance'].get_ydata()) == {0.25}
    assert layers.get_title() == 'At rank 2'
    assert is_png(figure)


def test_share_of_a_teacher_without_outliers_is_that_of_its_ordinary_tokens():
    figure = draw_nullspace_share(np.full((3, 8), np.nan), np.ones((3, 8)), 2, [0])
    assert figure.axes[2].get_title().startswith('Ordinary tokens')
    assert is_png(figure)
