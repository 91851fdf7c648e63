import pytest
from mmengine.config import DictAction

from singer_mm.engine.config.option_text import parse_option

# What scripts for MMEngine's own action write, and what it makes of that.
UPSTREAM = '1 1e-3 -4 True false None abc a/b.c [1,2] [1,[2,3]] (1,2) [(1,2),[a,b],c] 1,2,3 a,b [] () [a] (1,) 1, auto'


@pytest.mark.parametrize('text', UPSTREAM.split())
def test_reads_what_mmengine_reads(text):
    assert parse_option(text) == DictAction._parse_iterable(text)


@pytest.mark.parametrize(
    ('text', 'value'),
    [
        ('my photos', 'my photos'),
        ('[my photos, b]', ['my photos', 'b']),
        ('[1, 2]', [1, 2]),
        ('"a,b"', 'a,b'),
        ("'2024'", '2024'),
        ('["a,b", 2]', ['a,b', 2]),
        ("it's here", "it's here"),
        ('"[1,2]"', '[1,2]'),
        ('""', ''),
    ],
)
def test_spaces_and_quotes_are_kept(text, value):
    assert parse_option(text) == value


@pytest.mark.parametrize('text', ['2024', 'a,b', 'my photos', '1e-3', 'price (1', "it's", '2026-05-01T12:30'])
def test_text_takes_the_place_of_text(text):
    assert parse_option(text, present='data') == text


@pytest.mark.parametrize(
    ('text', 'present', 'value'),
    [
        ('None', 'a.pth', None),
        ('True', 'a.pth', True),
        ('[bbox,segm]', 'bbox', ['bbox', 'segm']),
        ('"None"', 'a.pth', 'None'),
        ('"[1,2]"', [3], [1, 2]),
        ('"a,b"', [3], 'a,b'),
        ('5', None, 5),
    ],
)
def test_the_present_value_decides(text, present, value):
    assert parse_option(text, present) == value


@pytest.mark.parametrize(
    ('text', 'named'), [('[1,2', "']'"), ('1,2]', "']'"), ('[1,(2]', "']'"), ('"a,b', "'\"'"), ('[(1,2]', "']'")]
)
def test_a_bracket_without_a_partner(text, named):
    with pytest.raises(ValueError, match=named):
        parse_option(text)
