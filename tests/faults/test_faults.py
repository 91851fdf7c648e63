"""No input of any kind ends in silence, a stack trace or a hang; the table in the docs is that of a run."""

import re

import pytest
from conftest import ROOT
from faults.fault_case import FaultCase
from faults.judge import judge, judge_kind
from faults.kinds import KINDS
from faults.outcome import Outcome

from singer_mm.errors import DataError

PAGE = ROOT / 'docs/what_we_test_for.md'


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_every_input_ends_right_or_in_a_sentence(kind, tmp_path):
    (tmp_path / 'shared').mkdir()
    verdict = judge_kind(KINDS[kind](tmp_path / 'shared'), tmp_path / 'inputs')
    assert verdict.faults == []
    assert verdict.counts.total() == rows()[kind][0]


def rows():
    """Kind to number of inputs, and how many ended right or in a sentence, as the page tells them."""
    table = re.findall(r'^\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|', PAGE.read_text(), flags=re.MULTILINE)
    return {kind: tuple(int(number.replace(',', '')) for number in numbers) for kind, *numbers in table}


def test_the_page_has_every_kind_and_adds_up():
    found = rows()
    assert list(found) == [*KINDS, 'all']
    assert [sum(column) for column in zip(*(found[kind] for kind in KINDS), strict=True)] == list(found['all'])
    assert all(number == right + sentence for number, right, sentence in found.values())
    assert found['all'][0] >= 400


def end(read, right=None, named=(), refusable=True):
    return lambda folder: judge(FaultCase('x', read, right, named, refusable, seconds=1), folder)[0]


def hang(folder):
    while True:
        pass


def refuse(folder):
    raise DataError('x.png cannot be read; copy it again.')


@pytest.mark.parametrize(
    ('ends', 'outcome'),
    [
        (end(lambda folder: 3, lambda found: found == 3), Outcome.RIGHT),
        (end(lambda folder: 4, lambda found: found == 3), Outcome.SILENT),
        (end(lambda folder: 4), Outcome.SILENT),
        (end(refuse), Outcome.SENTENCE),
        (end(refuse, named=('x.png',)), Outcome.SENTENCE),
        (end(refuse, named=('y.png',)), Outcome.UNCLEAR),
        (end(refuse, refusable=False), Outcome.UNCLEAR),
        (end(lambda folder: 1 / 0), Outcome.TRACE),
        (end(lambda folder: exit(3)), Outcome.TRACE),
        (end(hang), Outcome.HANG),
    ],
)
def test_ends_are_told_apart(ends, outcome, tmp_path):
    assert ends(tmp_path) is outcome
