import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from singer_mm.analysis.run_page.run_report import render_run_report
from singer_mm.pages.headline import Headline
from singer_mm.pages.picture import Picture

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


def test_page_holds_its_pictures_and_needs_nothing_from_elsewhere(picture):
    page = render_run_report('run', SUMMARY, [picture])
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 1
    shown = Image.open(io.BytesIO(base64.b64decode(sources[0].removeprefix('data:image/png;base64,'))))
    np.testing.assert_array_equal(shown.convert('RGB'), Image.open(picture.path))
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
    assert '<h2>Versions</h2>' in page  # a heading begins with a capital letter


def test_page_adapts_to_dark_and_narrow_screens():
    page = render_run_report('run', SUMMARY, [])
    assert 'prefers-color-scheme: dark' in page
    assert 'width=device-width' in page
