import errno
import os
import subprocess
import sys

import pytest
import torch

from singer_mm.errors import CheckpointError
from singer_mm.utils.atomic_path import atomic_path, sweep_temporary_files
from singer_mm.utils.disk_errors import REMEDIES


@pytest.mark.parametrize('by_torch', [True, False])
def test_a_missing_folder_is_no_full_disk(tmp_path, by_torch):
    path = tmp_path / 'none/a.pth'
    with pytest.raises(CheckpointError, match=rf'a\.pth.*{REMEDIES[errno.ENOENT]}'):
        with atomic_path(path) as temporary:
            torch.save(dict(w=torch.ones(2)), temporary) if by_torch else temporary.write_bytes(b'x')


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / 'a.pth').mkdir()
    with pytest.raises(CheckpointError, match=rf'a\.pth.*{REMEDIES[errno.EISDIR]}'):
        with atomic_path(tmp_path / 'a.pth') as temporary:
            temporary.write_bytes(b'x')


def test_what_killed_writers_left_is_swept_and_nothing_else(tmp_path):
    dead = subprocess.run([sys.executable, '-c', 'import os; print(os.getpid())'], capture_output=True, text=True)
    swept = tmp_path / f'.epoch_3.pth.{int(dead.stdout)}.tmp'
    kept = [tmp_path / name for name in (f'.epoch_4.pth.{os.getpid()}.tmp', '.mine.tmp', 'epoch_3.pth', '.a.x.tmp')]
    for path in (swept, *kept):
        path.write_bytes(b'half')
    sweep_temporary_files(tmp_path)
    assert not swept.exists()
    assert all(path.exists() for path in kept)
    sweep_temporary_files(tmp_path / 'no folder yet')


def test_a_pipe_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    with pytest.raises(CheckpointError, match='pipe'), atomic_path(tmp_path / 'pipe'):
        pass
    assert (tmp_path / 'pipe').is_fifo()


def test_of_files_within_each_other_the_one_that_failed_is_named(tmp_path, disk_of):
    with disk_of(10), pytest.raises(CheckpointError) as caught:
        with atomic_path(tmp_path / 'outer') as outer:
            outer.write_bytes(b'x')
            with atomic_path(tmp_path / 'inner') as inner:
                inner.write_bytes(bytes(11))
    assert str(tmp_path / 'inner') in str(caught.value)
    assert 'outer' not in str(caught.value)
    assert not list(tmp_path.iterdir())
