import io
import os
import re
import tarfile
import zipfile

import pytest
from test_preparation.downloads import add, tar_bytes

from singer_mm.errors import DataError
from singer_mm.preparation.archives import link_file, link_tree, members, unpack


@pytest.mark.parametrize('name', ['../escape.jpg', 'images/../../escape.jpg', '/tmp/escape.jpg'])
def test_an_archive_cannot_write_elsewhere(name, tmp_path):
    archive = tmp_path / 'images.tar'
    archive.write_bytes(tar_bytes({name: b'x'}))
    with pytest.raises(DataError, match=rf'images\.tar.*{re.escape(name)}'):
        unpack(archive, 'images', tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_links_in_archives_are_refused_and_companions_of_macos_left_out(tmp_path):
    archive = tmp_path / 'images.tar'
    with tarfile.open(archive, 'w') as file:
        add(file, 'images/._a.jpg', b'x')
        add(file, 'images/a.jpg', b'y')
    assert [str(path) for path, _, _ in members(archive)] == ['images/a.jpg']
    assert unpack(archive, 'images', tmp_path / 'out') == 1
    with pytest.raises(DataError, match='images.tar.*labels'):
        unpack(archive, 'labels', tmp_path / 'out')
    with tarfile.open(archive, 'a') as file:
        link = tarfile.TarInfo('images/passwd')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        file.addfile(link)
    with pytest.raises(DataError, match='images.tar.*images/passwd'):
        unpack(archive, 'images', tmp_path / 'out')


def test_across_disks_links_are_symbolic(tmp_path, monkeypatch):
    def other_disk(source, target):
        raise OSError(18, 'Invalid cross-device link')

    monkeypatch.setattr(os, 'link', other_disk)
    (tmp_path / 'a').write_text('x')
    link_file(tmp_path / 'a', tmp_path / 'sub/b')
    assert (tmp_path / 'sub/b').is_symlink() and (tmp_path / 'sub/b').read_text() == 'x'


def test_links_of_a_tree_leave_out_what_is_hidden_and_end_in_loops(tmp_path):
    source = tmp_path / 'source'
    for name in ('train/a.jpg', 'train/._a.jpg', '.trash/b.jpg', 'meta.json'):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text('x')
    (source / 'train/loop').symlink_to('..')
    assert link_tree(source, tmp_path / 'out') == 2
    assert sorted(str(path.relative_to(tmp_path / 'out')) for path in (tmp_path / 'out').rglob('*.*')) == [
        'meta.json',
        'train/a.jpg',
    ]


def zip_bytes(name='images/a.jpg', flag=None, method=None, compression=zipfile.ZIP_DEFLATED):
    """A zip of one member with other flags or another method than it has."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', compression) as file:
        file.writestr(zipfile.ZipInfo('x' * len(name)), bytes(5000), compression)
    content = bytearray(buffer.getvalue().replace(b'x' * len(name), name.encode()))
    for signature, offset in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        start = content.index(signature) + offset
        if flag is not None:
            content[start] |= flag
        if method is not None:
            content[start + 2] = method
    return bytes(content)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (zip_bytes(flag=1), 'password'),
        (zip_bytes(method=9), 'Python cannot read'),
        (zip_bytes(name='images/a\0.jpg'), r'images/a\\x00.jpg'),
        (zip_bytes()[:-60], 'truncated'),
    ],
)
def test_unusual_zips_end_in_one_sentence(content, message, tmp_path):
    (tmp_path / 'images.zip').write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        unpack(tmp_path / 'images.zip', 'images', tmp_path / 'out')
    assert 'images.zip' in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize('compression', ['xz', 'bz2', 'gz'])
@pytest.mark.parametrize('damage', ['flipped', 'cut'])
def test_broken_streams_end_in_one_sentence(compression, damage, tmp_path):
    path = tmp_path / 'images.tar.gz'
    with tarfile.open(path, f'w:{compression}') as file:
        add(file, 'images/a.jpg', os.urandom(200_000))
        add(file, 'images/b.jpg', os.urandom(200_000))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    if damage == 'cut':
        del content[middle:]
    else:
        content[middle + 5000] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match=r'images\.tar\.gz.*truncated'):
        unpack(path, 'images', tmp_path / 'out')


def test_a_name_of_a_tar_with_a_null_character(tmp_path):
    with tarfile.open(tmp_path / 'images.tar', 'w', format=tarfile.PAX_FORMAT) as file:
        member = tarfile.TarInfo('images/a.jpg')
        member.pax_headers = {'path': 'images/a\0b.jpg'}
        file.addfile(member)
    with pytest.raises(DataError, match=r'images\.tar.*a\\x00b\.jpg'):
        unpack(tmp_path / 'images.tar', 'images', tmp_path / 'out')


def test_a_link_in_a_zip_is_no_file_of_its_targets_name(tmp_path):
    with zipfile.ZipFile(tmp_path / 'images.zip', 'w') as file:
        link = zipfile.ZipInfo('images/a.jpg')
        link.external_attr = 0o120777 << 16
        file.writestr(link, '/etc/passwd')
    with pytest.raises(DataError, match=r'images\.zip.*images/a\.jpg'):
        unpack(tmp_path / 'images.zip', 'images', tmp_path / 'out')


def test_two_members_of_one_name_are_refused(tmp_path):
    with tarfile.open(tmp_path / 'images.tar', 'w') as file:
        add(file, 'images/a.jpg', b'first')
        add(file, './images/a.jpg', b'later')  # of one size: the first would have been kept
    with pytest.raises(DataError, match=r'images\.tar.*\./images/a\.jpg twice'):
        unpack(tmp_path / 'images.tar', 'images', tmp_path / 'out')


def test_a_member_of_another_size_than_it_declares(tmp_path):
    content = bytearray(zip_bytes())
    size = content.index(b'PK\x01\x02') + 24
    content[size : size + 4] = (6000).to_bytes(4, 'little')
    (tmp_path / 'images.zip').write_bytes(content)
    with pytest.raises(DataError, match=r'images\.zip.*(6,000.*a\.jpg.*5,000|truncated)'):
        unpack(tmp_path / 'images.zip', 'images', tmp_path / 'out')
    assert not list(tmp_path.rglob('a.jpg'))


@pytest.mark.parametrize('name', [f'images/{"x" * 300}', 'images/a.jpg/b.jpg', 'images'])
def test_a_name_that_has_no_place_beside_the_others(name, tmp_path):
    with tarfile.open(tmp_path / 'images.tar', 'w') as file:
        add(file, 'images/a.jpg', b'x')
        add(file, name, b'x')
    with pytest.raises(DataError, match=rf'images\.tar.*{name[-5:]}.*{tmp_path}'):
        unpack(tmp_path / 'images.tar', '', tmp_path / 'out')
