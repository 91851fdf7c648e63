import pytest

from singer_mm.pages.table import summary_tables, text

SUMMARY = {
    'config': '<tiny> & co.py',
    'iterations': 400,
    'losses': {'loss': {'first': 3.70012, 'last': 0.25}, 'loss_kd': {'first': 3.6}},
    'versions': {'torch': '2.11.0'},
}


def test_plain_values_come_first_then_a_table_for_each_dict():
    run, losses, versions = summary_tables(SUMMARY)
    assert run.rows == [('config', '<tiny> & co.py'), ('iterations', '400')]
    assert losses.header == ('', 'first', 'last')
    assert losses.rows == [('loss', '3.7', '0.25'), ('loss kd', '3.6', '-')]
    assert versions.rows == [('torch', '2.11.0')]


def test_names_of_files_are_not_turned_into_words():
    (table,) = summary_tables({'mean_of_all': {'my_photo.png': 0.5, 'best_one': 0.6}})
    assert table.title == 'mean of all'
    assert [row[0] for row in table.rows] == ['my_photo.png', 'best one']


def test_wide_tables_are_turned():
    (table,) = summary_tables({'statistics': {'block_8': {'a': 1, 'b': 2, 'c': 3}, 'block_11': {'a': 4, 'c': 6}}})
    assert table.header == ('', 'block 8', 'block 11')
    assert table.rows == [('a', '1', '4'), ('b', '2', '-'), ('c', '3', '6')]


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        (0.123456, '0.1235'),
        (1e-9, '1e-09'),
        (True, 'yes'),
        (None, '-'),
        ([8, 11], '8, 11'),
        ({'mean_norm': 2.0}, 'mean norm 2'),
        ('as_it_is', 'as_it_is'),
    ],
)
def test_values_read_as_a_person_writes_them(value, expected):
    assert text(value) == expected
