import logging

import pytest

from singer_mm.utils.log_errors import raise_log_errors


@pytest.fixture
def logger(tmp_path):
    logger = logging.Logger('a logger')
    logger.addHandler(logging.FileHandler(tmp_path / 'log', delay=True))
    raise_log_errors(logger)
    yield logger
    logger.handlers[0].stream = None


def test_a_log_that_cannot_be_written_is_named_by_an_error(logger, tmp_path, disk_of, capsys):
    logger.info('first')
    with disk_of(6), pytest.raises(OSError, match='File too large') as caught:
        logger.info('second')
    assert caught.value.filename == str(tmp_path / 'log')
    assert capsys.readouterr().err == ''


def test_other_errors_are_printed_as_before(logger, capsys):
    logger.info('%d', 'no number')
    assert 'not all arguments' in (said := capsys.readouterr().err) or 'TypeError' in said
