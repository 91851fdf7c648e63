import pytest

from singer_mm.utils.duration import duration


@pytest.mark.parametrize(('seconds', 'text'), [(12.4, '12 s'), (720, '12 min'), (12240, '3.4 h')])
def test_durations_are_written_as_people_say_them(seconds, text):
    assert duration(seconds) == text
