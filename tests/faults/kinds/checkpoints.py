"""Checkpoints of trainings: damaged, incomplete, of other types, and with code in them."""

import copy
import io
import itertools
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from conftest import SINGER, STUDENT, TEACHER, training, write_images
from faults.fault_case import FaultCase
from mmengine.config import Config
from mmengine.registry import DefaultScope

from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import find_latest_checkpoint, load_checkpoint, named_tensors

NAME = 'changed.pth'
_numbers = itertools.count()


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    path, runner = trained(shared)
    yield from damaged(path)
    yield from code()
    yield from contents()
    yield from foreign_tensors()
    yield from passed_over(path)
    yield from edited(path, runner)


@cache
def trained(shared: Path) -> tuple[Path, Any]:
    """Train for two epochs; return the checkpoint after the first, and the Runner."""
    runner = train(shared)
    return shared / 'run' / 'iter_4.pth', runner


def train(folder: Path, **changes: Any) -> Any:
    """Return the Runner of a training that takes a second."""
    model = dict(SINGER, teacher=dict(TEACHER, depth=2), student=dict(STUDENT, depth=2), teacher_layers=[0, 1])
    cfg = Config(training(model, write_images(folder / 'images'), folder / 'run'))
    cfg.experiment_name = f'faults{next(_numbers)}'
    cfg.default_hooks.checkpoint.interval = 4
    cfg.param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=4)]
    cfg.merge_from_dict(changes)
    before = DefaultScope._instance_dict.copy()  # a Runner leaves its scope behind
    try:
        runner = RUNNERS.build(cfg)
        runner.train()
        return runner
    finally:
        DefaultScope._instance_dict.clear()
        DefaultScope._instance_dict.update(before)


def end_of_run(folder: Path, checkpoint: Path) -> dict[str, torch.Tensor]:
    """Resume from a checkpoint, train to the end and return the weights."""
    runner = train(folder, resume=True, load_from=str(checkpoint))
    return {name: value.clone() for name, value in runner.model.state_dict().items()}


def equal(one: Any, other: Any) -> bool:
    """Tell whether two contents are the same in every tensor, NaN included, and every plain value."""
    tensors, others = dict(named_tensors(one)), dict(named_tensors(other))
    return (
        list(tensors) == list(others)
        and all(torch.equal(value, others[name]) for name, value in tensors.items())
        and shape(one) == shape(other)
    )


def shape(content: Any) -> str:
    """Return what a content is beside its tensors, as text."""
    if isinstance(content, torch.Tensor):
        return str(content.dtype)
    if isinstance(content, dict):
        return '{' + ', '.join(f'{key}: {shape(value)}' for key, value in content.items()) + '}'
    if isinstance(content, (list, tuple)):
        return '[' + ', '.join(map(shape, content)) + ']'
    return repr(vars(content)) if hasattr(content, '__dict__') else repr(content)


def loaded(folder: Path, content: bytes) -> Any:
    """Write a file and read it as a checkpoint."""
    (folder / NAME).write_bytes(content)
    return load_checkpoint(folder / NAME)


def damaged(path: Path) -> Iterator[FaultCase]:
    """One bit flipped, one byte or a block overwritten, the end missing: the same content, or a sentence."""
    whole, original = path.read_bytes(), load_checkpoint(path)
    generator = np.random.default_rng(5)

    def case(name: str, content: bytes) -> FaultCase:
        return FaultCase(name, lambda folder: loaded(folder, content), lambda found: equal(found, original), (NAME,))

    yield case('whole', whole)
    for number in range(60):
        # Half of them in the structure: the first record is the pickle, the last kilobytes are the directory.
        place = int(
            generator.integers(len(whole)) if number % 2 else generator.choice([*range(9000), *range(-6000, 0)])
        )
        changed = bytearray(whole)
        changed[place] ^= 1 << int(generator.integers(8))
        yield case(f'byte {place}, one bit flipped', bytes(changed))
    for start in generator.integers(len(whole) - 4096, size=5).tolist():
        yield case(f'4 KiB of zeros from {start}', whole[:start] + bytes(4096) + whole[start + 4096 :])
    for share in (0.0, 0.001, 0.1, 0.5, 0.9, 0.999):
        yield case(f'the first {share:.1%}', whole[: int(share * len(whole))])
    yield case('without its last byte', whole[:-1])
    yield case('followed by noise', whole + generator.bytes(500))
    yield case('behind noise', generator.bytes(500) + whole)
    old = io.BytesIO()
    torch.save(original['state_dict'], old, _use_new_zipfile_serialization=False)
    state_dict = original['state_dict']
    yield FaultCase(
        'the format of torch before 1.6',
        lambda folder: loaded(folder, old.getvalue()),
        lambda found: equal(found, state_dict),
        refusable=False,
    )
    for share in (0.01, 0.3, 0.99):
        part = old.getvalue()[: int(share * len(old.getvalue()))]
        yield FaultCase(f'that format, the first {share:.0%}', lambda folder, p=part: loaded(folder, p), None, (NAME,))


class Bomb:
    """An object whose unpickling calls a function."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], tuple(self.call[1:])


def code() -> Iterator[FaultCase]:
    """Files that run code when they are unpickled."""
    calls: dict[str, Callable[[str], Bomb]] = {
        'os.system': lambda marker: Bomb(os.system, f'touch {marker}'),
        'exec': lambda marker: Bomb(exec, f'open({marker!r}, "w")'),
        'eval': lambda marker: Bomb(eval, f'open({marker!r}, "w")'),
        'open': lambda marker: Bomb(open, marker, 'w'),
        'os.mkdir': lambda marker: Bomb(os.mkdir, marker),
        'getattr': lambda marker: Bomb(getattr, Path(marker), 'touch'),
        'torch.load': lambda marker: Bomb(torch.load, marker),
        'torch.save': lambda marker: Bomb(torch.save, {}, marker),
    }
    writers: dict[str, Callable[[Any, Path], Any]] = {
        'torch': torch.save,
        'torch before 1.6': lambda content, path: torch.save(content, path, _use_new_zipfile_serialization=False),
        'pickle': lambda content, path: path.write_bytes(pickle.dumps(content)),
    }
    for (call, bomb), (writer, write) in itertools.product(calls.items(), writers.items()):

        def read(folder: Path, bomb: Any = bomb, write: Any = write) -> Any:
            marker = folder / 'executed'
            write({'state_dict': {}, 'meta': bomb(str(marker))}, folder / NAME)
            marker.unlink(missing_ok=True)
            try:
                return load_checkpoint(folder / NAME)
            finally:
                assert not marker.exists(), 'the file was executed'

        yield FaultCase(f'{call} in a file of {writer}', read, None, (NAME,))


def contents() -> Iterator[FaultCase]:
    """Files that hold something else than a dict of weights."""
    for value in (None, 3, 'text', [1, 2], torch.ones(2), (1,), torch.nn.Linear(2, 2), {1, 2}, b'bytes'):

        def read(folder: Path, value: Any = value) -> Any:
            torch.save(value, folder / NAME)
            return load_checkpoint(folder / NAME)

        yield FaultCase(f'a {type(value).__name__}', read, None, (NAME,))
    for name, content in (
        ('nothing', b''),
        ('text', b'Not found'),
        ('noise', np.random.default_rng(6).bytes(4000)),
        ('a pickle of numbers', pickle.dumps([1, 2])),
        ('a pickle that ends', b'\x80\x04'),
        ('a pickle that refers to what is missing', b'\x80\x04h\x07.'),
        ('a pickle that asks for 4 GiB', b'\x80\x04B\xff\xff\xff\xff.'),
        ('a pickle that nests', b'\x80\x04' + b'(' * 100000 + b'.'),
        ('a pointer of Git LFS', b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n'),
        ('an empty zip', b'PK\x05\x06' + bytes(18)),
    ):
        yield FaultCase(name, lambda folder, content=content: loaded(folder, content), None, (NAME,))

    def other_zip(folder: Path) -> Any:
        with zipfile.ZipFile(folder / NAME, 'w') as archive:
            archive.writestr('photo.jpg', b'x')
        return load_checkpoint(folder / NAME)

    yield FaultCase('a zip of photographs', other_zip, None, (NAME,))
    yield FaultCase('missing', lambda folder: load_checkpoint(folder / NAME), None, (NAME,))
    yield FaultCase('a folder', lambda folder: load_checkpoint(folder), None, ('inputs',))
    yield FaultCase('a FIFO', lambda folder: (os.mkfifo(folder / NAME), load_checkpoint(folder / NAME)), None, (NAME,))
    yield FaultCase('/dev/zero', lambda folder: load_checkpoint('/dev/zero'), None, ('/dev/zero',))


def foreign_tensors() -> Iterator[FaultCase]:
    """Tensors that are no plain ones, or larger than their file."""
    sparse = torch.eye(4).to_sparse()
    makers: dict[str, Callable[[], Any]] = {
        'sparse': lambda: sparse,
        'sparse CSR': lambda: torch.eye(4).to_sparse_csr(),
        'meta': lambda: torch.empty(4, device='meta'),
        'nested': lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        'expanded to 4 TB': lambda: torch.zeros(1).expand(1 << 20, 1 << 20),
        'expanded to 40 MB': lambda: torch.zeros(1).expand(10 << 20),
        'inside a list': lambda: [torch.eye(3).to_sparse()],
    }
    if 'fbgemm' in torch.backends.quantized.supported_engines:
        makers['quantised'] = lambda: torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)
    for name, make in makers.items():

        def read(folder: Path, make: Any = make) -> Any:
            torch.save({'state_dict': {'x.weight': make()}}, folder / NAME)
            return load_checkpoint(folder / NAME)

        yield FaultCase(f'a tensor that is {name}', read, None, (NAME,))

    def declares(size: int) -> Callable[[Path], Any]:
        def read(folder: Path) -> Any:
            """Let the pickle declare another size than the storage has."""
            file = io.BytesIO()
            torch.save({'x': torch.zeros(12345)}, file)
            changed = io.BytesIO()
            with zipfile.ZipFile(file) as old, zipfile.ZipFile(changed, 'w') as new:
                for record in old.infolist():
                    content = old.read(record)
                    if record.filename.endswith('data.pkl'):
                        content = content.replace(b'M' + struct.pack('<H', 12345), b'J' + struct.pack('<i', size))
                    new.writestr(record.filename, content)
            return loaded(folder, changed.getvalue())

        return read

    for size in (2**31 - 1, 10**8, 12346, 0, -5):
        yield FaultCase(f'a storage that declares {size:,} numbers', declares(size), None, (NAME,))


def passed_over(path: Path) -> Iterator[FaultCase]:
    """What ``--resume`` takes where the newest checkpoint is damaged."""
    whole = path.read_bytes()
    for name, content in (
        ('truncated', whole[: len(whole) // 2]),
        ('empty', b''),
        ('of zeros', bytes(len(whole))),
        ('with a flipped bit', whole[:9999] + bytes([whole[9999] ^ 1]) + whole[10000:]),
    ):

        def read(folder: Path, content: bytes = content) -> Any:
            (folder / 'iter_4.pth').write_bytes(whole)
            (folder / 'iter_8.pth').write_bytes(content)
            (folder / 'last_checkpoint').write_text(str(folder / 'iter_8.pth'))
            return find_latest_checkpoint(folder)

        right = lambda found: found is not None and found.name == 'iter_4.pth'  # noqa: E731
        yield FaultCase(f'the newest is {name}', read, right, refusable=False)
    yield FaultCase(
        'none is whole',
        lambda folder: ((folder / 'iter_4.pth').write_bytes(b'x'), find_latest_checkpoint(folder))[1],
        lambda found: found is None,
    )


Edit = Callable[[dict[str, Any]], Any]
WEIGHT = 'student.vit.norm.weight'


def edited(path: Path, trained_runner: Any) -> Iterator[FaultCase]:
    """Checkpoints whose content was changed: the training goes on as undisturbed, or is refused."""
    original = load_checkpoint(path)
    expected = end_of_run(path.parents[1], path)

    def case(name: str, edit: Edit, harmless: bool = False) -> FaultCase:
        def read(folder: Path) -> Any:
            content = copy.deepcopy(original)
            edit(content)
            torch.save(content, folder / NAME)
            (folder / 'executed').unlink(missing_ok=True)
            trained_runner.resume(str(folder / NAME))  # mostly refused: without building a Runner first
            found = end_of_run(folder, folder / NAME)
            assert not (folder / 'executed').exists(), 'the file was executed'
            return found

        right = lambda found: equal(found, expected)  # noqa: E731
        return FaultCase(name, read, right if harmless else None, (NAME,), refusable=not harmless)

    def put(*keys: Any, value: Any) -> Edit:
        def edit(content: Any) -> None:
            for key in keys[:-1]:
                content = content[key]
            content[keys[-1]] = value

        return edit

    def drop(*keys: Any) -> Edit:
        def edit(content: Any) -> None:
            for key in keys[:-1]:
                content = content[key]
            del content[keys[-1]]

        return edit

    yield case('unchanged', lambda content: None, harmless=True)
    yield case('more keys than are read', put('note', value='x'), harmless=True)
    yield case('an ordered dict', lambda content: content.update(state_dict=OrderedDict(content['state_dict'])), True)
    code = 'from pathlib import Path\nPath("executed").touch()\n'
    yield case('code in meta.config', put('meta', 'config', value=code), harmless=True)
    yield case('code in meta.cfg', put('meta', 'cfg', value=code), harmless=True)
    yield case(
        'a path in the message hub', put('message_hub', 'runtime_info', 'best_ckpt', value='/etc/passwd'), harmless=True
    )
    for key in ('state_dict', 'optimizer', 'param_schedulers', 'meta', 'message_hub'):
        yield case(f'without {key}', drop(key))
        yield case(f'{key} is a number', put(key, value=3))
        yield case(f'{key} is None', put(key, value=None))
        yield case(f'{key} is a list of text', put(key, value=['x']))
    for key in ('iter', 'epoch'):
        yield case(f'without meta.{key}', drop('meta', key))
        for value in (-1, 2.5, '4', None, True, float('nan')):
            yield case(f'meta.{key} is {value!r}', put('meta', key, value=value))
    yield case('meta.epoch is beyond meta.iter', put('meta', 'epoch', value=10**12))
    for value in ('x', 1.5, -3, 2**40, [1]):
        yield case(f'meta.seed is {value!r}', put('meta', 'seed', value=value))
    for key in ('log_scalars', 'runtime_info', 'resumed_keys'):
        yield case(f'without message_hub.{key}', drop('message_hub', key))
        yield case(f'message_hub.{key} is text', put('message_hub', key, value='x'))
    weight = original['state_dict'][WEIGHT]
    for name, value in (
        ('of another shape', weight[:-1].clone()),
        ('NaN', torch.full_like(weight, float('nan'))),
        ('infinite', torch.full_like(weight, float('inf'))),
        ('int8', weight.to(torch.int8)),
        ('int64', weight.long()),
        ('boolean', weight > 0),
        ('complex', weight.to(torch.complex64)),
        ('float8', weight.to(torch.float8_e5m2)),
        ('a list', weight.tolist()),
        ('a number', 1.0),
        ('None', None),
    ):
        yield case(f'a weight is {name}', put('state_dict', WEIGHT, value=value))
    yield case('a weight in double precision', put('state_dict', WEIGHT, value=weight.double()), harmless=True)
    yield case('a weight is missing', drop('state_dict', WEIGHT))
    yield case('a weight too many', put('state_dict', 'student.extra', value=weight))
    yield case('a number as name of a weight', put('state_dict', 7, value=weight))
    index, moments = next(iter(original['optimizer']['state'].items()))
    yield case('without groups of the optimizer', drop('optimizer', 'param_groups'))
    yield case('without a state of the optimizer', drop('optimizer', 'state'))
    yield case('a group too many', lambda c: c['optimizer']['param_groups'].append({'params': []}))
    for key in moments:
        yield case(f'a state without {key}', drop('optimizer', 'state', index, key))
    yield case('groups are text', put('optimizer', 'param_groups', value='x'))
    yield case('a parameter too few', lambda c: c['optimizer']['param_groups'][0]['params'].pop())
    yield case('no state of the optimizer at all', put('optimizer', 'state', value={}))
    yield case('a state of no parameter', put('optimizer', 'state', 999, value=moments))
    for key, value in (
        ('exp_avg', torch.ones(7)),
        ('exp_avg', None),
        ('exp_avg', 'x'),
        ('exp_avg_sq', 1.0),
        ('step', 'x'),
        ('step', None),
    ):
        shown = tuple(value.shape) if isinstance(value, torch.Tensor) else value
        yield case(f'{key} of a parameter is {shown!r}', put('optimizer', 'state', index, key, value=value))
    for key, value in (
        ('lr', 'x'),
        ('lr', float('nan')),
        ('lr', None),
        ('betas', 'x'),
        ('betas', [0.9]),
        ('eps', None),
        ('weight_decay', [1]),
    ):
        yield case(f'{key} of the group is {value!r}', put('optimizer', 'param_groups', 0, key, value=value))
    yield case('a group without betas', drop('optimizer', 'param_groups', 0, 'betas'))
    yield case('no scheduler', put('param_schedulers', value=[]))
    yield case('a scheduler is text', put('param_schedulers', value=['x']))
    yield case('a scheduler without state', put('param_schedulers', value=[{}]))
