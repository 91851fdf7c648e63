import numpy as np
import pytest

from singer_mm.models.distillers.diagnostics import STATISTICS
from singer_mm.visualization import draw_diagnostics_curves
from singer_mm.visualization.diagnostics_curves import PANELS

ITERATIONS = np.array([25, 50, 75])


def layers(stats):
    return {layer: {stat: (ITERATIONS, layer + np.arange(3.0)) for stat in stats} for layer in (8, 11)}


def test_every_statistic_of_the_hook_has_a_panel():
    assert {stat for panel in PANELS for stat in panel.stats} == set(STATISTICS)


def test_one_line_for_each_layer_and_two_for_before_and_after():
    figure = draw_diagnostics_curves(layers(STATISTICS))
    assert len(figure.axes) == len(PANELS)
    assert [len(axis.get_lines()) for axis in figure.axes] == [4, 2, 2, 2, 2, 2]
    refined, teacher = figure.axes[0].get_lines()[:2]
    assert (refined.get_linestyle(), teacher.get_linestyle()) == ('-', '--')
    assert refined.get_color() is not None
    np.testing.assert_array_equal(refined.get_color(), teacher.get_color())
    np.testing.assert_array_equal(refined.get_xdata(), ITERATIONS)


def test_layers_differ_without_colour():
    first, second = draw_diagnostics_curves(layers(['info_error'])).axes[0].get_lines()
    assert first.get_marker() != second.get_marker()
    lightness = [np.dot(line.get_color()[:3], (0.299, 0.587, 0.114)) for line in (first, second)]
    assert lightness[1] - lightness[0] > 0.3


def test_legend_names_each_block_once():
    figure = draw_diagnostics_curves(layers(STATISTICS))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['block 8', 'block 11']


@pytest.mark.parametrize(
    ('stats', 'titles'),
    [
        (['outlier_ratio_teacher'], ['Outlier ratio: teacher (dashed), refined (solid)']),
        (['info_error', 'of_my_own'], ['Information error', 'of_my_own']),
    ],
)
def test_only_what_was_logged_is_drawn(stats, titles):
    assert [axis.get_title() for axis in draw_diagnostics_curves(layers(stats)).axes] == titles
