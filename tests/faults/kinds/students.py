"""Student files and other weights: damaged, describing themselves wrongly, with names that trainers write."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from conftest import STUDENT
from faults.fault_case import FaultCase
from faults.kinds.checkpoints import Bomb
from torch import Tensor

from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

KWARGS = {key: value for key, value in STUDENT.items() if key != 'type'} | dict(depth=3)
Weights = dict[str, Tensor]
Edit = Callable[[dict[str, Any]], Any]


def exported(folder: Path) -> Path:
    """Return an exported student with its safetensors twin."""
    torch.manual_seed(0)
    export_student(TimmViT(**KWARGS), folder / 'student.pth', provenance={})
    return folder / 'student.pth'


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    path = exported(shared)
    content = torch.load(path, weights_only=True)
    yield from damaged(path, content['state_dict'])
    yield from edited(content)
    yield from headers(path.with_suffix('.safetensors'), content)
    yield from names(content['state_dict'])
    yield from foreign_weights(content['state_dict'])


def weights_of(path: Path, **arguments: Any) -> Weights:
    """Return what a backbone loads from a file."""
    return dict(TimmViT(checkpoint=str(path), **arguments).vit.state_dict())


def equals(expected: Weights) -> Callable[[Weights], bool]:
    """Return what compares weights."""
    return lambda found: (
        found.keys() == expected.keys() and all(torch.equal(value, expected[name]) for name, value in found.items())
    )


def damaged(path: Path, expected: Weights) -> Iterator[FaultCase]:
    """One bit flipped, or the end missing, in both kinds of file."""
    generator = np.random.default_rng(7)
    for name in (path.name, path.with_suffix('.safetensors').name):
        whole = path.with_name(name).read_bytes()

        def case(label: str, content: bytes, name: str = name) -> FaultCase:
            def read(folder: Path) -> Weights:
                (folder / name).write_bytes(content)
                return weights_of(folder / name)

            return FaultCase(f'{name}, {label}', read, equals(expected), (name,))

        yield case('whole', whole)
        for number in range(30):
            place = int(generator.integers(len(whole)) if number % 2 else generator.integers(3000))
            changed = bytearray(whole)
            changed[place] ^= 1 << int(generator.integers(8))
            yield case(f'byte {place}, one bit flipped', bytes(changed))
        for share in (0.0, 0.01, 0.5, 0.99):
            yield case(f'the first {share:.0%}', whole[: int(share * len(whole))])
        yield case('without its last byte', whole[:-1])
        yield case('followed by noise', whole + generator.bytes(64))
        yield case('noise', generator.bytes(5000))


def edited(content: dict[str, Any]) -> Iterator[FaultCase]:
    """Files of the right form with other contents."""

    def case(label: str, *keys: Any, value: Any = None, drop: bool = False, right: bool = False) -> FaultCase:
        def read(folder: Path) -> Weights:
            changed = copy.deepcopy(content)
            target = changed
            for key in keys[:-1]:
                target = target[key]
            if drop:
                del target[keys[-1]]
            else:
                target[keys[-1]] = value
            torch.save(changed, folder / 'student.pth')
            return weights_of(folder / 'student.pth')

        return FaultCase(label, read, equals(content['state_dict']) if right else None, ('student.pth',), not right)

    for key in ('state_dict', 'architecture', 'normalization'):
        yield case(f'without {key}', key, drop=True)
        for value in (None, 3, 'x', [], {}, [1, 2]):
            yield case(f'{key} is {value!r}', key, value=value)
    yield case('without provenance', 'provenance', drop=True, right=True)
    for name in (
        'hf-hub:timm/vit_tiny_patch16_224', 'hf_hub:a/b', 'local-dir:/tmp/x', 'timm/x', '../vit', '/etc/passwd',
        'https://example.org/x', 'no_such_model', 'resnet50', 'vit_tiny_patch16_224.no_such_tag', '', None, 3, ['x'],
'x' * 10000,
    ):  # fmt: skip
        yield case(f'model_name is {str(name)[:40]!r}', 'architecture', 'model_name', value=name)
    same = 'vit_base_patch16_224'  # but for its arguments, which the file has, too
    yield case(f'model_name is {same!r}', 'architecture', 'model_name', value=same, right=True)
    for key, value in (
        ('pretrained', True), ('pretrained_cfg', dict(url='https://example.org')), ('checkpoint_path', '/etc/passwd'),
        ('cache_dir', '/tmp'), ('pretrained_cfg_overlay', dict(file='/etc/passwd')), ('no_such_argument', 1),
        ('embed_dim', 10**9), ('embed_dim', -24), ('embed_dim', 0), ('embed_dim', 2.5), ('embed_dim', '24'),
        ('depth', 0), ('depth', -1), ('depth', 10**6), ('depth', float('nan')), ('depth', None), ('depth', [3]),
        ('num_heads', 0), ('num_heads', 5), ('num_heads', 'x'), ('img_size', 10**6), ('img_size', -32),
        ('img_size', [32, 32, 32]), ('patch_size', 0), ('patch_size', 1), ('patch_size', 'x'), ('num_classes', 10**9),
        ('norm_layer', 'os.system'), ('act_layer', 'no_such'), ('class_token', False),
        ('reg_tokens', 5), ('global_pool', 'no_such'), ('in_chans', 0), ('block_fn', 'x'), (3, 4),
    ):  # fmt: skip
        yield case(f'timm_kwargs.{key} is {str(value)[:40]!r}', 'architecture', 'timm_kwargs', key, value=value)
    for value in (
        [[0.5] * 3], [[0.5] * 3] * 3, [[0.5] * 3, [0.0] * 3], [[0.5] * 3, [-1.0] * 3], [['x'] * 3] * 2,
        [[float('nan')] * 3, [0.5] * 3], [[0.5] * 2, [0.5] * 2], [[0.5] * 3, [float('inf')] * 3], [[True] * 3] * 2,
        [[1e30] * 3, [1e-30] * 3], [[127.5] * 3, [127.5] * 3],
    ):  # fmt: skip
        yield case(f'normalization is {value}', 'normalization', value=value)
    for label, value in bad_tensors(content['state_dict']['norm.weight']):
        yield case(f'a weight is {label}', 'state_dict', 'norm.weight', value=value)
    yield case('a weight is missing', 'state_dict', 'norm.weight', drop=True)
    yield case('a weight too many', 'state_dict', 'extra', value=torch.ones(2))
    yield case('a number as name', 'state_dict', 7, value=torch.ones(2))
    yield case('the format is another', 'format', value='no.such', right=False)

    def bomb(folder: Path) -> Weights:
        marker = folder / 'executed'
        torch.save(dict(content, provenance=Bomb(os.mkdir, str(marker))), folder / 'student.pth')
        try:
            return weights_of(folder / 'student.pth')
        finally:
            assert not marker.exists(), 'the file was executed'

    yield FaultCase('code in its provenance', bomb, None, ('student.pth',))


def bad_tensors(weight: Tensor) -> Iterator[tuple[str, Any]]:
    """Yield what cannot be a weight in the place of ``weight``."""
    yield 'of another shape', weight[:-1].clone()
    yield 'of another dimension', weight[None].clone()
    yield 'NaN', torch.full_like(weight, float('nan'))
    yield 'infinite in one place', torch.cat([weight[:-1], torch.tensor([float('-inf')])])
    yield 'int8', weight.to(torch.int8)
    yield 'int64', weight.long()
    yield 'boolean', weight > 0
    yield 'complex', weight.to(torch.complex64)
    yield 'float8', weight.to(torch.float8_e4m3fn)
    yield 'sparse', weight.to_sparse()
    yield 'a list', weight.tolist()
    yield 'text', 'x'
    yield 'None', None
    yield 'expanded', torch.ones(1).expand(weight.shape[0], 1 << 22)


def headers(path: Path, content: dict[str, Any]) -> Iterator[FaultCase]:
    """Headers of safetensors files."""
    tensors = content['state_dict']
    description = json.dumps({key: content[key] for key in ('architecture', 'normalization')})
    for label, metadata in (
        ('without a description', {}),
        ('an empty description', dict(description='')),
        ('half a description', dict(description=description[:40])),
        ('a description that is a list', dict(description='[]')),
        ('a description that is a number', dict(description='3')),
        ('a description that nests', dict(description='[' * 100000)),
        ('a description without architecture', dict(description='{"normalization": [[0,0,0],[1,1,1]]}')),
        ('another digest', dict(description=description, weights_digest='00')),
    ):

        def read(folder: Path, metadata: dict[str, str] = metadata) -> Weights:
            safetensors.torch.save_file(tensors, folder / path.name, dict(format='singer_mm.student', **metadata))
            return weights_of(folder / path.name)

        yield FaultCase(f'safetensors: {label}', read, None, (path.name,))
    for label, head in (
        ('a header of 8 EiB', b'\xff' * 8),
        ('a header longer than the file', (10**6).to_bytes(8, 'little') + b'{}'),
        ('a header that is no JSON', (4).to_bytes(8, 'little') + b'{{{{'),
        ('a header of another encoding', (4).to_bytes(8, 'little') + b'\xff\xfe\xff\xfe'),
        (
            'a tensor of 1 EiB',
            (n := b'{"norm.weight":{"dtype":"F32","shape":[288230376151711744],"data_offsets":[0,4]}}')
            and len(n).to_bytes(8, 'little') + n + bytes(4),
        ),
    ):

        def read_head(folder: Path, head: bytes = head) -> Weights:
            (folder / path.name).write_bytes(head)
            return weights_of(folder / path.name)

        yield FaultCase(f'safetensors: {label}', read_head, None, (path.name,))


def names(expected: Weights) -> Iterator[FaultCase]:
    """Names that common trainers write: taken off, or named in the refusal."""

    def case(label: str, content: Any, right: bool) -> FaultCase:
        def read(folder: Path) -> Weights:
            torch.save(content, folder / 'weights.pth')
            return weights_of(folder / 'weights.pth', **KWARGS)

        return FaultCase(label, read, equals(expected) if right else None, ('weights.pth',), refusable=not right)

    for prefix in (
        '', 'module.', '_orig_mod.', 'model.', 'backbone.', 'module.backbone.', 'teacher.backbone.',
        'visual.trunk.', 'module._orig_mod.', 'model.backbone.', '_orig_mod.module.', 'module.model.',
    ):  # fmt: skip
        prefixed = {f'{prefix}{name}': value for name, value in expected.items()}
        yield case(f'names begin with {prefix!r}', prefixed, True)
        yield case(f'in state_dict, with {prefix!r}', dict(state_dict=prefixed, epoch=3), True)
    for key in ('model', 'teacher', 'state_dict_ema', 'model_ema'):
        yield case(f'in {key}', {key: expected}, True)
    both = {f'student.backbone.{n}': torch.zeros_like(v) for n, v in expected.items()}
    both |= {f'teacher.backbone.{n}': v for n, v in expected.items()}
    yield case('a student and a teacher of DINO', both, True)
    chunked = {
        f'blocks.0.{name.removeprefix("blocks.")}' if name.startswith('blocks.') else name: value
        for name, value in expected.items()
    }
    yield case('blocks in chunks', chunked, True)
    with_head = {**expected, 'head.weight': torch.ones(5, 24), 'head.bias': torch.ones(5)}
    yield case('with a classifier', with_head, True)
    for prefix in ('student.vit.', 'encoder.', 'x.', 'net.module.'):
        yield case(
            f'names begin with {prefix!r}', {f'{prefix}{name}': value for name, value in expected.items()}, False
        )
    yield case(
        'names of two networks', {f'{p}.{n}': v for p in ('module', '_orig_mod') for n, v in expected.items()}, False
    )
    yield case('half of the blocks', {n: v for n, v in expected.items() if not n.startswith('blocks.2')}, False)
    yield case('one name misspelt', {n.replace('norm.bias', 'nrom.bias'): v for n, v in expected.items()}, False)
    yield case('no tensors', dict(state_dict={}), False)
    yield case('numbers alone', dict(state_dict=dict(a=1)), False)


def foreign_weights(expected: Weights) -> Iterator[FaultCase]:
    """Tensors of a foreign file that are no weights; half precision is one."""
    for label, value in bad_tensors(expected['norm.weight']):
        for suffix in ('pth', 'safetensors'):
            dense = isinstance(value, Tensor) and value.layout == torch.strided
            if suffix == 'safetensors' and not (dense and value.is_contiguous()):
                continue

            def read(folder: Path, value: Any = value, suffix: str = suffix) -> Weights:
                path = folder / f'weights.{suffix}'
                content = {**expected, 'norm.weight': value}
                (torch.save if suffix == 'pth' else safetensors.torch.save_file)(content, path)
                return weights_of(path, **KWARGS)

            yield FaultCase(f'foreign {suffix}: a weight is {label}', read, None, (f'weights.{suffix}', 'norm.weight'))
    for kind in (torch.float16, torch.bfloat16, torch.float64):

        def read_kind(folder: Path, kind: torch.dtype = kind) -> Weights:
            torch.save({name: value.to(kind) for name, value in expected.items()}, folder / 'weights.pth')
            return weights_of(folder / 'weights.pth', **KWARGS)

        rounded = {name: value.to(kind).float() for name, value in expected.items()}
        yield FaultCase(f'weights in {kind}', read_kind, equals(rounded), refusable=False)
