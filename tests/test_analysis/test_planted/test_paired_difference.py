import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from singer_mm.analysis.planted.paired_difference import PairedDifference, differences_to_markdown


def test_the_interval_is_that_of_the_paired_t_test():
    first, second = np.random.default_rng(0).normal(size=(2, 5))
    difference = PairedDifference.of(list(first), list(second))
    expected = ttest_rel(first, second).confidence_interval(0.95)
    assert difference.mean == pytest.approx((first - second).mean())
    assert (difference.low, difference.high) == pytest.approx((expected.low, expected.high))
    assert difference.pairs == 5


def test_one_pair_has_no_interval():
    difference = PairedDifference.of([1.0], [0.5])
    assert difference.mean == 0.5
    assert math.isnan(difference.low)
    assert str(difference) == '+0.500'


@pytest.mark.parametrize(('first', 'second'), [([], []), ([1.0], [1.0, 2.0])])
def test_what_is_no_pair_is_refused(first, second):
    with pytest.raises(ValueError):
        PairedDifference.of(first, second)


def test_the_mean_counts_seeds_and_not_teachers():
    """Two teachers that give the same differences are no more evidence than one."""
    one = {'A': [dict(left=1.0), dict(left=3.0)], 'B': [dict(left=0.0), dict(left=0.0)]}
    table = differences_to_markdown({'x': one, 'y': one}, [('A', 'B')], ['left'], ['x', 'y'])
    row = table.splitlines()[2].removesuffix(' |').split(' | ')
    assert row[:2] == ['| left', 'A − B']
    assert row[2] == row[3] == row[4]
    assert row[2].startswith('+2.000')
    single = differences_to_markdown({'x': one, 'y': one}, [('A', 'B')], ['left'], ['x'])
    assert single.splitlines()[0] == '| measure | difference | x | y |'
