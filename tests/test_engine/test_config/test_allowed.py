import math
import re

import pytest
import torch

from singer_mm.engine.config.allowed import BUILT, FLAG, NONE, TEXT, instance, list_of, number, one_of, whole
from singer_mm.errors import CheckpointError, ConfigError


@pytest.mark.parametrize(
    ('allowed', 'inside', 'outside'),
    [
        (whole(1), [1, 7], [0, -1, 1.0, True, '1', None]),
        (whole(0, 3), [0, 3], [4]),
        (number(0), [0, 0.5, 3], [-1e-9, math.nan, math.inf, 10**400, True, '1e-3']),
        (number(above=0, below=1), [0.5], [0, 1]),
        (number(0, below=1), [0, 0.9], [1.0]),
        (FLAG, [True, False], [0, 1, 'True', None]),
        (one_of(-1) | whole(1), [-1, 1], [0, -2]),
        (one_of(1, 2), [1], [True, 1.0]),
        (whole() | NONE, [None, -3], ['None']),
        (list_of(whole(0)), [[0], (1, 2)], [[], 0, [-1], [0.5], ['0']]),
        (list_of(number(), 2), [(0.1, 2)], [[1], [1, 2, 3]]),
        (list_of(TEXT, empty=True), [[], ['a']], ['a', [1]]),
        (instance(dict), [{}], [[], None]),
        (BUILT, [dict(type='X'), dict(type=dict), object()], [dict(), dict(type=3), 'X', 3, None, ['X']]),
    ],
)
def test_values_inside_and_outside(allowed, inside, outside):
    assert [value for value in inside if value not in allowed] == []
    assert [value for value in outside if value in allowed] == []


@pytest.mark.parametrize(
    ('allowed', 'words'),
    [
        (whole(1) | NONE, 'a whole number from 1 or None'),
        (number(above=0, high=1), 'a number above 0 to 1'),
        (number(0, below=1), 'a number from 0 and below 1'),
        (list_of(whole(0), 2, 3), 'a list of 2 or 3 entries, each a whole number from 0'),
    ],
)
def test_words(allowed, words):
    assert allowed.words == words


@pytest.mark.parametrize(
    ('value', 'shown'), [('x', "'x'"), (0.5, '0.5'), ([[1]], '[[1]]'), (torch.ones(2, 3), 'a tensor of shape (2, 3)')]
)
def test_a_value_outside_is_named_with_the_allowed_ones(value, shown):
    with pytest.raises(CheckpointError, match=rf'^file: key is {re.escape(shown)}; allowed: a whole number from 1'):
        whole(1).check('file: key', value, CheckpointError)
    whole(1).check('file: key', 1, CheckpointError)


def test_the_message_about_a_large_value_is_short():
    nested = []
    for _ in range(100_000):
        nested = [nested]
    for value in (nested, 'x' * 10**6, {key: 'x' * 70 for key in range(9)}):
        with pytest.raises(ConfigError) as caught:
            whole().check('key', value)
        assert len(str(caught.value)) < 150
