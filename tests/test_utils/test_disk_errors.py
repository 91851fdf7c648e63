import errno

import pytest

from singer_mm.utils.disk_errors import named_disk_errors


def test_an_error_without_a_file_gets_the_name_of_the_run():
    with pytest.raises(OSError, match='No space') as caught, named_disk_errors('work_dirs/a'):
        raise OSError(errno.ENOSPC, 'No space left on device')
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == 'a file of the run in work_dirs/a'


@pytest.mark.parametrize(
    'error', [OSError(errno.ENOSPC, 'No space left on device', 'b.log'), OSError('no number'), ValueError('a bug')]
)
def test_others_stay_as_they_are(error):
    with pytest.raises(type(error)) as caught, named_disk_errors('work_dirs/a'):
        raise error
    assert caught.value is error
