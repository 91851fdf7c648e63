import pytest

from singer_mm.errors import ConfigError
from singer_mm.utils.time_limit import parse_time_limit


@pytest.mark.parametrize(
    ('text', 'seconds'),
    [
        ('90', 5400),
        ('0.5', 30),
        ('1:30', 90),
        ('23:45:00', 85500),
        ('1-0', 86400),
        ('1-2:30', 95400),
        ('1-2:30:15', 95415),
    ],
)
def test_the_forms_of_slurm(text, seconds):
    assert parse_time_limit(text) == seconds


@pytest.mark.parametrize('text', ['', '0', '-5', 'soon', '1:2:3:4', '1h'])
def test_others_are_refused(text):
    with pytest.raises(ConfigError, match=f'--time-limit.*{text}.*HH:MM:SS'):
        parse_time_limit(text)
