import os
import pickle
import resource
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from safetensors.torch import save_file

from singer_mm.errors import CheckpointError
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, latest_of_run, load_checkpoint
from singer_mm.utils.run_marker import note_run


class Hostile:
    """Runs a command where a pickle is trusted."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.system, (f'touch {self.marker}',)


class HostileGetattr:
    """Reaches a callable through getattr, which MMEngine's checkpoints use too."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '_set_default_statistics')


def test_mmengine_history_survives(tmp_path):
    history = HistoryBuffer()
    for value in (3.0, 1.0):
        history.update(value)
    content = dict(hub=dict(loss=history), weights=torch.ones(2), array=np.float64(0.5))
    torch.save(content, tmp_path / 'a.pth')
    loaded = load_checkpoint(tmp_path / 'a.pth')
    assert loaded['hub']['loss'].data[0].tolist() == [3.0, 1.0]
    assert loaded['hub']['loss'].min() == 1.0
    assert loaded['array'] == 0.5


def test_hostile_pickles_are_refused_and_not_run(tmp_path):
    marker = tmp_path / 'executed'
    for index, payload in enumerate([Hostile(marker), HostileGetattr()]):
        path = tmp_path / f'{index}.pth'
        torch.save(dict(weights=payload), path)
        with pytest.raises(CheckpointError, match=rf'{index}\.pth'):
            load_checkpoint(path)
    assert not marker.exists()


@pytest.mark.parametrize('content', [b'', b'not a checkpoint', pickle.dumps([1, 2, 3])])
def test_what_is_no_checkpoint(tmp_path, content):
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r'a\.pth'):
        load_checkpoint(path)


@pytest.mark.parametrize(
    'write',
    [
        lambda path: torch.save(dict(w=torch.ones(100_000)), path),
        lambda path: save_file(dict(w=torch.ones(100_000)), path),
    ],
)
def test_a_full_disk_leaves_the_old_file(tmp_path, write, disk_of):
    path = tmp_path / 'a.pth'
    path.write_bytes(b'old')
    with disk_of(50_000), pytest.raises(CheckpointError, match=r'a\.pth'):
        with atomic_path(path) as temporary:
            write(temporary)
    assert path.read_bytes() == b'old'
    assert os.listdir(tmp_path) == ['a.pth']


def test_an_error_of_the_writer_itself_passes_and_leaves_the_old_file(tmp_path):
    path = tmp_path / 'a.pth'
    path.write_bytes(b'old')
    with pytest.raises(RuntimeError, match='bug'), atomic_path(path) as temporary:
        temporary.write_bytes(b'half')
        raise RuntimeError('bug')
    assert os.listdir(tmp_path) == ['a.pth']
    assert path.read_bytes() == b'old'


def test_latest_checkpoint_is_the_newest_complete_one(tmp_path):
    assert find_latest_checkpoint(tmp_path) is None
    for epoch in (9, 10):
        torch.save(dict(epoch=epoch), tmp_path / f'epoch_{epoch}.pth')
        os.utime(tmp_path / f'epoch_{epoch}.pth', (-epoch, -epoch))  # a copied folder has its times in any order
    (tmp_path / 'epoch_11.pth').write_bytes((tmp_path / 'epoch_10.pth').read_bytes()[:-50])
    (tmp_path / 'student.pth').write_bytes(b'')
    assert find_latest_checkpoint(tmp_path) == tmp_path / 'epoch_10.pth'
    torch.save(dict(iter=3), tmp_path / 'iter_3.pth')
    assert find_latest_checkpoint(tmp_path) == tmp_path / 'iter_3.pth'


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path):
    for epoch in (1, 2):
        torch.save(dict(epoch=epoch, weights=torch.ones(4000)), tmp_path / f'epoch_{epoch}.pth')
    content = bytearray((tmp_path / 'epoch_2.pth').read_bytes())
    content[content.index(torch.ones(4).numpy().tobytes()) + 2000] ^= 1
    (tmp_path / 'epoch_2.pth').write_bytes(content)
    with pytest.raises(CheckpointError, match=r'epoch_2\.pth'):
        load_checkpoint(tmp_path / 'epoch_2.pth')
    assert find_latest_checkpoint(tmp_path) == tmp_path / 'epoch_1.pth'


def test_only_checkpoints_of_the_run_of_the_folder_are_found(tmp_path):
    def save(epoch, run_id):
        torch.save(dict(meta=dict(run_id=run_id), weights=torch.ones(3)), tmp_path / f'epoch_{epoch}.pth')

    save(6, 'old')
    assert find_latest_checkpoint(tmp_path) == tmp_path / 'epoch_6.pth'
    note_run(tmp_path, 'new')
    with pytest.raises(CheckpointError, match=r'--resume .*epoch_6\.pth'):
        find_latest_checkpoint(tmp_path)
    assert latest_of_run(tmp_path, 'new') is None
    save(2, 'new')
    torch.save(dict(meta=dict(epoch=5)), tmp_path / 'epoch_5.pth')  # of a version that noted no run
    assert find_latest_checkpoint(tmp_path) == tmp_path / 'epoch_2.pth'
    assert latest_of_run(tmp_path, None) == tmp_path / 'epoch_6.pth'


@pytest.mark.parametrize('kind', ['quantised', 'sparse', 'empty'])
def test_tensors_that_are_no_plain_ones_are_named(tmp_path, kind):
    tensor = dict(
        quantised=lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        sparse=lambda: torch.eye(3).to_sparse(),
        empty=lambda: torch.ones(3, device='meta'),
    )[kind]()
    torch.save(dict(model=dict(a=torch.ones(2), b=[tensor])), tmp_path / 'a.pth')
    with pytest.raises(CheckpointError, match=rf"a\.pth.*{kind}.*'model/b/0'"):
        load_checkpoint(tmp_path / 'a.pth')


class Claim:
    """A tensor that says it has more elements than its storage."""

    def __init__(self, size, stride):
        self.size, self.stride = size, stride

    def __reduce__(self):
        storage = torch.ones(3).storage()
        return torch._utils._rebuild_tensor_v2, (storage, 0, self.size, self.stride, False, OrderedDict())


@pytest.mark.filterwarnings('ignore:TypedStorage')
@pytest.mark.parametrize('new_format', [True, False])
@pytest.mark.parametrize('stride', [1, 0])
def test_a_tiny_file_allocates_no_gigabytes(tmp_path, new_format, stride):
    path = tmp_path / 'a.pth'
    torch.save(dict(w=Claim((10**9,), (stride,))), path, _use_new_zipfile_serialization=new_format)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match=r'a\.pth'):
        load_checkpoint(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB


def test_a_callable_decides_where_tensors_go(tmp_path):
    torch.save(dict(w=torch.ones(2)), tmp_path / 'a.pth')
    asked = []
    load_checkpoint(tmp_path / 'a.pth', map_location=lambda storage, location: asked.append(location) or storage)
    assert asked == ['cpu']
