import pytest

from singer_mm.visualization import draw_planted_curves


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
