import os
import socket

import pytest

from singer_mm.errors import ConfigError
from singer_mm.utils.output_path import check_output_file, check_output_folder


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
    with pytest.raises(ConfigError, match=f'--out {path}'):
        check_output_file(path)


def test_a_read_only_folder_is_refused(tmp_path, monkeypatch):
    # Root may write anywhere, so the test gives the answer of the system.
    monkeypatch.setattr(os, 'access', lambda path, mode: str(path) != str(tmp_path))
    with pytest.raises(ConfigError, match=rf'--out .*out\.json.*{tmp_path}'):
        check_output_file(tmp_path / 'out.json')


def test_a_check_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, tmp_path / 'a/b', 'a/b', '.'):
        check_output_folder(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', ['file', 'file/below', 'pipe', 'link'])
def test_what_is_no_folder_is_refused_by_option_and_name(tmp_path, name):
    (tmp_path / 'file').write_text('kept')
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'link').symlink_to('nowhere')
    with pytest.raises(ConfigError, match=f'--cache {tmp_path / name}'):
        check_output_folder(tmp_path / name, '--cache')
    assert (tmp_path / 'file').read_text() == 'kept'


def test_a_full_disk_is_found_at_the_beginning(tmp_path, disk_of):
    with disk_of(0), pytest.raises(ConfigError, match=r'--out .*new.*File too large'):
        check_output_folder(tmp_path / 'new')
    assert not list(tmp_path.iterdir())
