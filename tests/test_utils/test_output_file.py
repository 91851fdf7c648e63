import os
import socket

import pytest

from singer_mm.errors import ConfigError
from singer_mm.utils.output_file import check_output_file


def test_files_and_missing_folders_pass(tmp_path):
    (tmp_path / 'there.json').write_text('{}')
    for name in ('there.json', 'new.json', 'new/folder/file.json'):
        check_output_file(tmp_path / name)
    assert not (tmp_path / 'new').exists()


@pytest.mark.parametrize('kind', ['folder', 'pipe', 'socket', 'device', 'below a file'])
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / 'out'
    if kind == 'folder':
        path.mkdir()
    elif kind == 'pipe':
        os.mkfifo(path)
    elif kind == 'socket':
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    elif kind == 'device':
        path = '/dev/null'
    else:
        path.write_text('')
        path = path / 'file.json'
    with pytest.raises(ConfigError, match=rf'^--metrics {path}'):
        check_output_file(path, '--metrics')


def test_a_read_only_folder_is_refused(tmp_path, monkeypatch):
    # Root may write anywhere, so that the answer of the system is given here.
    monkeypatch.setattr(os, 'access', lambda path, mode: str(path) != str(tmp_path))
    with pytest.raises(ConfigError, match='read-only'):
        check_output_file(tmp_path / 'out.json')
