import pytest

from singer_mm.visualization.planted_artifacts import draw_planted_curves, draw_planted_measures

SEEDS = {'FitNet': [{'left': 1.0}, {'left': 1.0}], 'SiNGER': [{'left': 0.2}, {'left': 0.4}]}
RESULTS = {'inside': SEEDS, 'outside': SEEDS}


def test_a_panel_for_each_direction_with_mean_and_range():
    figure = draw_planted_measures(RESULTS, {'left': 'energy left (share)'})
    assert [axis.get_title() for axis in figure.axes] == ['inside', 'outside']
    axis = figure.axes[0]
    assert axis.get_lines()[0].get_xdata() == pytest.approx([1.0, 0.3])
    ranges = axis.collections[0].get_segments()
    assert [tuple(end[0] for end in segment) for segment in ranges] == [(1.0, 1.0), (0.2, 0.4)]
    assert axis.get_xlabel() == 'energy left (share)'
    assert [label.get_text() for label in axis.get_yticklabels()] == ['FitNet', 'SiNGER']
    assert axis.yaxis_inverted()


def test_the_reference_is_a_dashed_line_where_it_has_the_measure():
    reference = ('clean', [{'other': 1.0}, {'left': 0.1}])
    figure = draw_planted_measures(RESULTS, {'left': 'left'}, reference)
    line = figure.axes[1].get_lines()[1]
    assert line.get_linestyle() == '--'
    assert list(line.get_xdata()) == [0.1, 0.1]
    assert len(draw_planted_measures(RESULTS, {'left': 'left'}, ('clean', [{}])).axes[0].get_lines()) == 1


def test_a_direction_without_the_measure_has_no_panel():
    axes = draw_planted_measures({'none': {'FitNet': [{}]}, 'inside': {'FitNet': [{'left': 1.0}]}}, {'left': ''}).axes
    assert [axis.axison for axis in axes] == [False, True]


def seeds(*values):
    return [{10: {'distance': 1.0}, 20: {'distance': value}} for value in values]


def test_a_line_of_means_and_a_band_of_seeds_for_each_method():
    methods = {'FitNet': seeds(0.8, 0.6), 'SiNGER': seeds(0.5, 0.5)}
    figure = draw_planted_curves({'inside': methods, 'outside': methods}, {'distance': '1 - R2'})
    first = figure.axes[0]
    assert [axis.get_title() for axis in figure.axes] == ['inside', 'outside']
    assert first.get_ylabel() == '1 - R2'
    assert list(first.get_lines()[0].get_xdata()) == [10, 20]
    assert list(first.get_lines()[0].get_ydata()) == pytest.approx([1.0, 0.7])
    band = first.collections[0].get_datalim(first.transData)
    assert (band.ymin, band.ymax) == pytest.approx((0.6, 1.0))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['FitNet', 'SiNGER']
