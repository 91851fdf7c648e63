import numpy as np
import pytest

from singer_mm.visualization import draw_loss_curves
from singer_mm.visualization.loss_curves import running_mean


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
