import numpy as np
import pytest

from singer_mm.models.distillers.diagnostics import STATISTICS
from singer_mm.visualization.run_curves import PANELS, draw_diagnostics_curves, draw_loss_curves, running_mean


def test_running_mean_keeps_constants_and_lines():
    np.testing.assert_allclose(running_mean(np.full(10, 3.0), 4), 3.0)
    line = np.arange(10.0)
    np.testing.assert_allclose(running_mean(line, 5)[2:-2], line[2:-2])  # centred: no lag


def test_running_mean_by_hand():
    np.testing.assert_allclose(running_mean(np.array([3.0, 6.0, 9.0, 0.0]), 3), [4.5, 6.0, 5.0, 4.5])
    np.testing.assert_allclose(running_mean(np.array([3.0, 6.0, 9.0]), 1), [3.0, 6.0, 9.0])
    np.testing.assert_allclose(running_mean(np.array([4.0]), 20), [4.0])


def test_one_panel_for_each_loss_with_raw_and_smoothed_curve():
    losses = {'loss': np.linspace(2, 1, 50), 'loss_kd': np.linspace(1.9, 0.9, 50), 'loss_info': np.full(50, 0.1)}
    figure = draw_loss_curves(losses)
    assert [axis.get_title() for axis in figure.axes] == list(losses)
    for axis, values in zip(figure.axes, losses.values(), strict=True):
        raw, smoothed = axis.get_lines()
        np.testing.assert_array_equal(raw.get_ydata(), values)
        np.testing.assert_array_equal(raw.get_xdata(), np.arange(1, 51))
        np.testing.assert_allclose(smoothed.get_ydata(), running_mean(values, 2))
        assert axis.get_xlabel() == 'iteration'
        assert axis.get_ylabel() == 'weighted loss'


@pytest.mark.parametrize(
    ('values', 'scale'),
    [
        (np.geomspace(20, 1, 30), 'log'),
        (np.linspace(2, 1, 30), 'linear'),
        (np.geomspace(20, 1, 30) - 1, 'linear'),  # reaches zero
    ],
)
def test_logarithmic_only_where_positive_and_beyond_a_decade(values, scale):
    assert draw_loss_curves({'loss': values}).axes[0].get_yscale() == scale


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
