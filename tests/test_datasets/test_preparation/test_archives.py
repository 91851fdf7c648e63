import os
import tarfile

import pytest
from test_datasets.test_preparation.downloads import add, tar_bytes

from singer_mm.datasets.preparation.archives import link_file, members, unpack
from singer_mm.errors import DataError


@pytest.mark.parametrize('name', ['../escape.jpg', 'images/../../escape.jpg', '/tmp/escape.jpg'])
def test_an_archive_cannot_write_elsewhere(name, tmp_path):
    archive = tmp_path / 'images.tar'
    archive.write_bytes(tar_bytes({name: b'x'}))
    with pytest.raises(DataError, match='leaves the folder it is unpacked to'):
        unpack(archive, 'images', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_links_in_archives_are_refused_and_companions_of_macos_left_out(tmp_path):
    archive = tmp_path / 'images.tar'
    with tarfile.open(archive, 'w') as file:
        add(file, 'images/._a.jpg', b'x')
        add(file, 'images/a.jpg', b'y')
    assert [str(path) for path, _, _ in members(archive)] == ['images/a.jpg']
    assert unpack(archive, 'images', tmp_path / 'out') == 1
    with pytest.raises(DataError, match='images.tar holds no labels; download the official archive'):
        unpack(archive, 'labels', tmp_path / 'out')
    with tarfile.open(archive, 'a') as file:
        link = tarfile.TarInfo('images/passwd')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        file.addfile(link)
    with pytest.raises(DataError, match='images/passwd, which is no plain file'):
        unpack(archive, 'images', tmp_path / 'out')


def test_across_disks_links_are_symbolic(tmp_path, monkeypatch):
    def other_disk(source, target):
        raise OSError(18, 'Invalid cross-device link')

    monkeypatch.setattr(os, 'link', other_disk)
    (tmp_path / 'a').write_text('x')
    link_file(tmp_path / 'a', tmp_path / 'sub/b')
    assert (tmp_path / 'sub/b').is_symlink() and (tmp_path / 'sub/b').read_text() == 'x'
