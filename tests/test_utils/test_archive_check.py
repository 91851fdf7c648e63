import zipfile

import pytest
import torch

from singer_mm.errors import CheckpointError
from singer_mm.utils.archive_check import check_archive, is_whole_archive


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(weights=torch.randn(4000), step=3), path)
    return path


def test_a_flipped_bit_in_any_record_is_named(file):
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        records = [record for record in archive.infolist() if record.file_size > 0]
    for record in records:
        damaged = bytearray(content)
        header = record.header_offset
        start = header + 30 + sum(int.from_bytes(content[header + at : header + at + 2], 'little') for at in (26, 28))
        damaged[start + record.file_size // 2] ^= 1
        file.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=rf'a\.pth.*{record.filename}'):
            check_archive(file)
        assert not is_whole_archive(file)
    file.write_bytes(content)
    check_archive(file)
    assert is_whole_archive(file)


def test_whatever_is_cut_off_is_no_whole_archive(file):
    content = file.read_bytes()
    for length in (0, 3, 100, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        assert not is_whole_archive(file)


def test_declared_sizes_are_checked_before_anything_is_read(file, tmp_path):
    bomb = tmp_path / 'bomb.pth'
    with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('a/data/0', bytes(10_000_000))
    assert bomb.stat().st_size < 20_000
    with pytest.raises(CheckpointError, match=r'bomb\.pth'):
        check_archive(bomb)

    content = bytearray(file.read_bytes())
    entry = content.rindex(b'PK\x01\x02')  # the last entry of the directory
    content[entry + 20 : entry + 28] = (2**31).to_bytes(4, 'little') * 2
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=rf'a\.pth.*2\d{{9}}.*{len(content)}'):
        check_archive(file)


def test_other_files_pass(tmp_path):
    legacy = tmp_path / 'legacy.pth'
    torch.save(dict(weights=torch.ones(2)), legacy, _use_new_zipfile_serialization=False)
    check_archive(legacy)
    assert not is_whole_archive(legacy)
