import re

import pytest
from conftest import ROOT

from singer_mm.analysis.ablations.ablation_set import read_ablation_set
from singer_mm.analysis.published_numbers import PUBLISHED, SOURCES, PublishedNumber

PAGE = (ROOT / 'docs/the_papers_other_tables.md').read_text()

# The numbers as issue 11 and shared/protocols.md list them, independently of how the module groups them.
EXPECTED = {
    '2': [0.237, 0.520, 0.130, 0.732, 0.745, 0.660],
    '3': [0.9566, 0.0038, 0.9569, 0.9731, 0.0021, 0.9732],
    '4': [10.83, 4.35, 1.3048, 10.57, 4.32, 1.1943, 11.04, 4.77, 1.1870, 11.06, 4.38, 1.1870, 11.57, 4.99, 1.1690],
    '5a': [
        *[0.2565, 0.2532, 0.1479, 0.8337, 0.2537, 0.2541, 0.1833, 0.7589],
        *[0.3100, 0.2494, 0.2847, 0.5485, 0.3025, 0.2641, 0.2746, 0.5774],
    ],
    '5b': [14.22, 1.45, 14.28, 7.25, 0.84, 7.19, 72.36, 7.61, 71.85, 41.71, 7.01, 40.89],
    '7': [0.0719, 0.0714, 0.0844, 0.7988, 0.7945, 0.8571, 0.1871, 0.1852, 0.2210, 0.1417, 0.1415, 0.1611],
    '8': [0.169, 0.191, 0.9787, 0.9564, 0.9975, 0.9947],
}


@pytest.mark.parametrize('table', EXPECTED)
def test_every_number_is_there(table):
    assert sorted(one.value for one in PUBLISHED if one.table == table) == sorted(EXPECTED[table])


def test_every_number_is_typed_and_marked():
    assert {one.table for one in PUBLISHED} == set(EXPECTED)
    for one in PUBLISHED:
        assert isinstance(one, PublishedNumber)
        assert isinstance(one.value, float)
        assert one.source in SOURCES
        assert one.statistic in ('value', 'mean', 'std', 'median', 'p95')
        assert one.subset in (True, False, None)
    assert len({(one.table, one.row, one.quantity, one.statistic) for one in PUBLISHED}) == len(PUBLISHED)
    assert {one.subset for one in PUBLISHED if one.table == '4'} == {True}


def test_numbers_are_found_by_name():
    numbers = {(one.table, one.row, one.quantity): one for one in PUBLISHED if one.statistic == 'value'}
    assert numbers['5a', 'layer 17, up, SiNGER', 'E_safe'].value == 0.8337
    assert numbers['5a', 'layer 23, down, random', 'E_prob'].value == 0.3025
    assert numbers['2', 'SiNGER', 'CKA'].source == 'slides'


@pytest.mark.parametrize('table', EXPECTED)
def test_every_table_has_a_command_that_exists(table):
    """The page names the tool that computes the same quantities."""
    (row,) = re.findall(rf'^\| {table} \|.*$', PAGE, re.MULTILINE)
    tool = re.search(r'`(tools/\S+\.py)', row)[1]
    assert (ROOT / tool).is_file()


def test_the_set_of_table_4_has_its_rows():
    rows = {one.row for one in PUBLISHED if one.table == '4'}
    assert set(read_ablation_set(ROOT / 'configs/ablations/paper_table_4.py').variants) == rows


def test_the_page_has_every_number():
    for section in PAGE.split('## Table ')[1:]:
        table = section.partition(':')[0]
        cells = [float(cell) for cell in re.findall(r'(?<=\| )\d+\.\d+(?= \|)', section)]
        assert set(cells) >= set(EXPECTED[table]), table
