import math

import numpy as np

from singer_mm.visualization.sweep_curves import describe_input, draw_sweep_curves, points


def head(rate, value, **more):
    return {'name': f'{rate}{more}', 'lr': rate, 'value': value, **more}


def test_one_panel_for_each_backbone_and_one_line_for_each_input():
    heads = [head(rate, 10 * rate, blocks=blocks, avgpool=True) for blocks in (1, 4) for rate in (0.1, 0.01)]
    sweep = {'key': 'accuracy/top1', 'chosen': heads[2]['name'], 'heads': heads}
    figure = draw_sweep_curves({'teacher': sweep, 'student': sweep})
    assert [axis.get_title() for axis in figure.axes] == ['teacher', 'student']
    one, four, chosen = figure.axes[0].get_lines()
    np.testing.assert_allclose(one.get_xdata(), [0.01, 0.1])
    np.testing.assert_allclose(one.get_ydata(), [0.1, 1.0])
    assert four.get_label() == 'last 4 blocks, CLS + mean'
    assert (list(chosen.get_xdata()), list(chosen.get_ydata())) == ([0.1], [1.0])
    assert figure.axes[0].get_xscale() == 'log'
    assert 'accuracy/top1' in figure.axes[0].get_ylabel()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [one.get_label(), four.get_label(), 'chosen']


def test_heads_without_inputs_to_choose_from_have_one_line():
    heads = [head(0.1, 30.0), head(0.01, 20.0)]
    figure = draw_sweep_curves({'a': {'key': 'mIoU', 'chosen': heads[0]['name'], 'heads': heads}})
    assert [line.get_label() for line in figure.axes[0].get_lines()] == ['head', 'chosen']


def test_inputs_are_named():
    assert describe_input({'blocks': 1, 'avgpool': False}) == 'last block, CLS'
    assert describe_input({'blocks': None}) == 'head'


def test_a_head_without_a_result_leaves_a_gap():
    rates, values = points([head(0.1, None), head(0.01, 3.0)])
    assert rates == [0.01, 0.1]
    assert values[0] == 3.0 and math.isnan(values[1])
