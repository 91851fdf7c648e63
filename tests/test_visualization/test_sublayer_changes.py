import numpy as np
import pytest

from singer_mm.visualization.sublayer_changes import draw_sublayer_changes, limits


def curve(*means, std=0.1):
    return np.arange(len(means)), np.array(means), np.full(len(means), std)


def panels(*kinds):
    return {kind: {'attention': curve(0.5, 2.0), 'mlp': curve(1.0, 4.0)} for kind in kinds}


def test_a_row_for_each_network_and_a_panel_for_each_kind():
    figure = draw_sublayer_changes({'A': panels('ordinary', 'outlier', 'cls'), 'B': panels('ordinary', 'outlier')})
    titles = ['ordinary patches', 'outlier patches', 'CLS token', 'ordinary patches', 'outlier patches']
    assert [axis.get_title() for axis in figure.axes] == titles
    assert [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()] == [
        'A\n|added| / |input|',
        'B\n|added| / |input|',
    ]
    assert {axis.get_xlabel() for axis in figure.axes} == {'block (0-based)'}
    assert len({axis.get_ylim() for axis in figure.axes}) == 1
    attention, mlp, one = figure.axes[0].get_lines()
    assert attention.get_ydata().tolist() == [0.5, 2.0]
    assert (attention.get_linestyle(), mlp.get_linestyle()) == ('-', '--')
    assert attention.get_marker() != mlp.get_marker()
    assert set(one.get_ydata()) == {1}
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:2] == ['attention', 'MLP']


def test_scale_holds_all_means_and_bands():
    low, high = limits({'A': {'cls': {'attention': curve(0.3, 0.6, std=0.2), 'mlp': curve(5.0, np.nan, std=1.0)}}})
    assert low == pytest.approx(0.2) and high == pytest.approx(7.2)


def test_a_single_image_has_no_band_but_a_line(tmp_path):
    alone = {'A': {'cls': {'attention': curve(0.3, 0.6, std=np.nan), 'mlp': curve(0.5, 0.5, std=np.nan)}}}
    draw_sublayer_changes(alone).savefig(tmp_path / 'alone.png')
    assert (tmp_path / 'alone.png').stat().st_size > 0
