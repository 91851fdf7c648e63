import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from singer_mm.errors import DataError
from singer_mm.utils.run_lock import only_run

HOLD = """
import sys
from singer_mm.utils.run_lock import only_run
with only_run(sys.argv[1]):
    print('held', flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, '-c', HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == 'held\n'
    yield process
    process.kill()
    process.communicate()


def test_another_process_is_kept_out_and_told_who_is_there(tmp_path, holder):
    with (
        pytest.raises(DataError, match=rf'{holder.pid}.*{socket.gethostname()}.*--work-dir'),
        only_run(tmp_path),
    ):
        pass
    with pytest.raises(DataError, match='--out'), only_run(tmp_path, '--out'):
        pass
    holder.communicate('')
    assert holder.returncode == 0
    assert not (tmp_path / 'lock').exists()
    with only_run(tmp_path):
        assert json.loads((tmp_path / 'lock').read_text())['pid'] == os.getpid()


def test_what_a_killed_run_has_left_keeps_nobody_out(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert json.loads((tmp_path / 'lock').read_text())['pid'] == holder.pid
    with only_run(tmp_path):
        assert json.loads((tmp_path / 'lock').read_text())['pid'] == os.getpid()
    assert not (tmp_path / 'lock').exists()


def test_the_process_that_holds_it_may_ask_again(tmp_path):
    with only_run(tmp_path / 'new' / 'folder'):
        with only_run(tmp_path / 'new' / 'folder'):
            pass
        assert (tmp_path / 'new' / 'folder' / 'lock').exists()
    assert not (tmp_path / 'new' / 'folder' / 'lock').exists()


@pytest.mark.parametrize('is_alive', [True, False])
def test_where_the_file_system_knows_no_locks_the_process_tells(tmp_path, holder, monkeypatch, is_alive):
    def refuse(file, kind):
        raise OSError(errno.ENOSYS, 'Function not implemented')

    monkeypatch.setattr(fcntl, 'lockf', refuse)
    if is_alive:
        with pytest.raises(DataError, match=rf'{holder.pid}.*remove {tmp_path / "lock"}'):
            with only_run(tmp_path):
                pass
        return
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_run(tmp_path):
        assert json.loads((tmp_path / 'lock').read_text())['pid'] == os.getpid()


def test_a_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(DataError, match='file/lock'), only_run(tmp_path / 'file'):
        pass


def test_on_a_full_disk_the_lock_is_named_and_not_left_behind(tmp_path, disk_of):
    with disk_of(0), pytest.raises(DataError, match=r'lock.*File too large'), only_run(tmp_path):
        pass
    assert not (tmp_path / 'lock').exists()
    with only_run(tmp_path):
        pass
