import argparse

import pytest

from singer_mm.utils.number_option import number_from, whole_from


def test_whole_numbers_from_a_limit():
    assert [whole_from(1)(text) for text in ('1', '20')] == [1, 20]
    assert whole_from(0)('0') == 0


@pytest.mark.parametrize('text', ['0', '-3', '1.5', 'x', '', 'nan', '1e3'])
def test_others_are_named_with_the_limit(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r'whole number from 1$'):
        whole_from(1)(text)


def test_numbers_within_limits():
    assert [number_from(0)(text) for text in ('0', '1e9')] == [0, 1e9]
    assert number_from(0, 1)('0.5') == 0.5


@pytest.mark.parametrize('text', ['nan', 'inf', '-1', '1.5', 'x'])
def test_numbers_beyond_are_named_with_the_limits(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r'from 0 to 1$'):
        number_from(0, 1)(text)
