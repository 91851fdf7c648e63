"""Who keeps a folder from being removed, and for how long."""

import errno
import fcntl

import pytest

from singer_mm.errors import DataError
from singer_mm.utils.folder_use import FolderInUse, claimed


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder/used').touch()
    return tmp_path / 'folder'


def is_claimed(folder):
    with claimed(folder / 'used') as unused:
        return unused


def test_it_is_in_use_as_long_as_one_object_lives(folder):
    assert is_claimed(folder)
    one, other = FolderInUse(folder), FolderInUse(folder)
    assert not is_claimed(folder)
    del one
    assert not is_claimed(folder)
    del other
    assert is_claimed(folder)


def test_what_is_gone_can_be_neither_used_nor_claimed(folder):
    (folder / 'used').unlink()
    assert not is_claimed(folder)
    with pytest.raises(FileNotFoundError):
        FolderInUse(folder)


def test_a_folder_that_is_removed_before_the_lock_is_given_is_not_in_use(folder, monkeypatch):
    def remove(*args):
        (folder / 'used').unlink()

    monkeypatch.setattr(fcntl, 'flock', remove)
    with pytest.raises(FileNotFoundError):
        FolderInUse(folder)


def test_a_file_system_without_locks_is_named(folder, monkeypatch):
    def refuse(*args):
        raise OSError(errno.ENOLCK, 'No locks available')

    monkeypatch.setattr(fcntl, 'flock', refuse)
    with pytest.raises(DataError, match=r'used.*No locks available'):
        FolderInUse(folder)
