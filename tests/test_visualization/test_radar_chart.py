import numpy as np
import pytest

from singer_mm.visualization.radar_chart import best_values, draw_radar_chart, relative_to_best

VALUES = {'a': [80.0, 0.5, 10.0], 'b': [40.0, 1.0, float('nan')]}
LOWER = [False, True, False]


def test_shares_of_the_best_by_hand():
    shares = relative_to_best(VALUES, LOWER)
    np.testing.assert_allclose(shares['a'], [1, 1, 1])
    np.testing.assert_allclose(shares['b'], [0.5, 0.5, np.nan])
    np.testing.assert_allclose(best_values(VALUES, LOWER), [80, 0.5, 10])


def test_nothing_right_stays_in_the_centre_and_no_error_is_the_ring():
    shares = relative_to_best({'a': [0.0, 0.0], 'b': [0.0, 2.0]}, [False, True])
    np.testing.assert_allclose(shares['a'], [0, 1])
    np.testing.assert_allclose(shares['b'], [0, 0])


def test_each_model_is_a_closed_line_of_its_own_style():
    figure = draw_radar_chart(VALUES, ['IN-val', 'NYUd', 'FG'], LOWER, 'linear')
    (axis,) = figure.axes
    lines = axis.get_lines()
    assert [line.get_label() for line in lines] == ['a', 'b']
    for line in lines:
        np.testing.assert_array_equal(line.get_ydata()[0], line.get_ydata()[-1])
        assert len(line.get_xdata()) == 4
    styles = {(line.get_linestyle(), line.get_marker()) for line in lines}
    assert len(styles) == 2
    assert [label.get_text() for label in axis.get_xticklabels()] == [
        'IN-val\nbest 80',
        'NYUd\nbest 0.5',
        'FG\nbest 10',
    ]


@pytest.mark.parametrize('models', [1, 7])
def test_any_number_of_models(models):
    figure = draw_radar_chart({str(index): [1.0, 2, 3] for index in range(models)}, list('xyz'), [False] * 3)
    assert len(figure.axes[0].get_lines()) == models
