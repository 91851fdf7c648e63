import pytest

from singer_mm.utils.error_text import reason_of


@pytest.mark.parametrize(
    ('error', 'reason'),
    [
        (ValueError('bad value.\nsecond line'), 'bad value'),
        (ValueError('\n  first  \n'), 'first'),
        (EOFError(), 'EOFError'),
        (RuntimeError('  '), 'RuntimeError'),
        (ValueError('x' * 300), 'x' * 200),
    ],
)
def test_first_line_or_type(error, reason):
    assert reason_of(error) == reason
