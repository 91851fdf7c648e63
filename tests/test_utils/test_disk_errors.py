import errno
import logging

import pytest

from singer_mm.utils.disk_errors import named_disk_errors, raise_log_errors


def test_an_error_without_a_file_gets_the_name_of_the_run():
    with pytest.raises(OSError, match='work_dirs/a') as caught, named_disk_errors('work_dirs/a'):
        raise OSError(errno.ENOSPC, 'No space left on device')
    assert caught.value.errno == errno.ENOSPC
    assert 'work_dirs/a' in caught.value.filename


@pytest.mark.parametrize(
    'error', [OSError(errno.ENOSPC, 'No space left on device', 'b.log'), OSError('no number'), ValueError('a bug')]
)
def test_others_stay_as_they_are(error):
    with pytest.raises(type(error)) as caught, named_disk_errors('work_dirs/a'):
        raise error
    assert caught.value is error


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
