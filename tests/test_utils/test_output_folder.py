import os

import pytest

from singer_mm.errors import ConfigError
from singer_mm.utils.output_folder import check_output_folder


def test_looking_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, tmp_path / 'a/b', 'a/b', '.'):
        check_output_folder(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', ['file', 'file/below', 'pipe', 'link'])
def test_what_is_no_folder_is_refused_by_option_and_name(tmp_path, name):
    (tmp_path / 'file').write_text('kept')
    os.mkfifo(tmp_path / 'pipe')
    (tmp_path / 'link').symlink_to('nowhere')
    with pytest.raises(ConfigError, match=rf'^--cache .*{name} is a file or lies below one'):
        check_output_folder(tmp_path / name, '--cache')
    assert (tmp_path / 'file').read_text() == 'kept'


def test_a_full_disk_is_found_at_the_beginning(tmp_path, disk_of):
    with disk_of(0), pytest.raises(ConfigError, match=r'^--out .*new cannot be written \(File too large\)'):
        check_output_folder(tmp_path / 'new')
    assert not list(tmp_path.iterdir())
