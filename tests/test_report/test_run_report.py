import base64
import re

import numpy as np
import pytest
from PIL import Image

from singer_mm.report import Headline, Picture, render_run_report
from singer_mm.report.run_report import summary_tables, text

SUMMARY = {
    'config': '<tiny> & co.py',
    'iterations': 400,
    'losses': {'loss': {'first': 3.70012, 'last': 0.25}, 'loss_kd': {'first': 3.6}},
    'versions': {'torch': '2.11.0'},
}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / 'losses.png'
    Image.fromarray(np.zeros((2, 3, 3), np.uint8)).save(path)
    return Picture('Losses', 'How they fell.', path)


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


def test_page_holds_its_pictures_and_needs_nothing_from_elsewhere(picture):
    page = render_run_report('run', SUMMARY, [picture])
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 1
    assert base64.b64decode(sources[0].removeprefix('data:image/png;base64,')) == picture.path.read_bytes()
    assert 'http' not in page
    assert 'How they fell.' in page


def test_headlines_and_appendix_are_shown(picture):
    page = render_run_report('run', SUMMARY, [], [Headline('0.57', 'alike', '0.2 untrained')], {'Config': 'lr = 1'})
    for words in ('0.57', 'alike', '0.2 untrained', '<summary>Config</summary>', 'lr = 1'):
        assert words in page
    assert '<details>' not in render_run_report('run', SUMMARY, [])


def test_text_cannot_become_markup():
    page = render_run_report('<script>alert(1)</script>', SUMMARY, [])
    assert '<script>' not in page
    assert '&lt;tiny&gt; &amp; co.py' in page


def test_page_adapts_to_dark_and_narrow_screens():
    page = render_run_report('run', SUMMARY, [])
    assert 'prefers-color-scheme: dark' in page
    assert 'width=device-width' in page
