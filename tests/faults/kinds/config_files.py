"""Config files and the values of ``--cfg-options``."""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conftest import ROOT
from faults.fault_case import FaultCase
from mmengine.config import Config

from singer_mm.engine.config.cfg_options import TextOptions, merge_options
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.engine.config.prepare_config import prepare_config
from singer_mm.errors import ConfigError

SHIPPED = ROOT / 'configs/singer/vitl_vitt.py'


def file_cases(shared: Path) -> Iterator[FaultCase]:
    """List config files."""

    def case(
        name: str, files: dict[str, str | bytes], right: Callable[[Config], bool] | None = None, named: str = 'a.py'
    ) -> FaultCase:
        def read(folder: Path) -> Config:
            for file, content in files.items():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(content.encode() if isinstance(content, str) else content)
            return load_config_file(folder / next(iter(files)))

        return FaultCase(name, read, right, (named,), refusable=right is None)

    def value(expected: Any) -> Callable[[Config], bool]:
        return lambda cfg: cfg.get('x') == expected

    yield case('a value', {'a.py': 'x = 1'}, value(1))
    yield case('with a base', {'a.py': "_base_ = 'b.py'", 'b.py': 'x = 1'}, value(1))
    yield case('with two bases', {'a.py': "_base_ = ['b.py', 'c.py']", 'b.py': 'x = 1', 'c.py': 'y = 1'}, value(1))
    yield case('a base in another folder', {'d/a.py': "_base_ = '../b.py'", 'b.py': 'x = 1'}, value(1))
    yield case('a diamond of bases', {
        'a.py': "_base_ = ['b.py', 'c.py']", 'b.py': "_base_ = 'd.py'", 'c.py': "_base_ = 'e.py'", 'd.py': 'x = 1',
        'e.py': 'y = 1',
    }, value(1))  # fmt: skip
    yield case('JSON', {'a.json': '{"x": 1}'}, value(1), 'a.json')
    yield case('YAML', {'a.yaml': 'x: 1'}, value(1), 'a.yaml')
    yield case('Windows line ends', {'a.py': 'x = 1\r\ny = 2\r\n'}, value(1))
    yield case('umlauts', {'a.py': "x = 'Käse'  # 图"}, value('Käse'))
    yield case('a name with a space and a dollar', {'my $config.py': 'x = 1'}, value(1), 'my $config.py')
    for length, files in {
        1: {'a.py': "_base_ = 'a.py'"},
        2: {'a.py': "_base_ = 'b.py'", 'b.py': "_base_ = './a.py'"},
        3: {'a.py': "_base_ = ['b.py']", 'b.py': "_base_ = ['c.py']", 'c.py': "_base_ = ['a.py']"},
    }.items():
        yield case(f'a circle of {length}', files)
    for name, content in {
        'empty': '',
        'blank lines': '\n\n',
        'a comment alone': '# nothing',
        'a syntax error': 'x = (1,\ny = 2',
        'an indentation error': 'x = 1\n  y = 2',
        'a tab error': 'if True:\n\tx = 1\n        y = 2',
        'an unknown name': 'x = y',
        'a division by zero': 'x = 1 / 0',
        'a module that is missing': 'x = __import__("no_such_module")',
        'an exception': 'raise ValueError("no")',
        'an assertion': 'assert False',
        'an exit': 'import sys\nsys.exit(3)',
        'recursion': 'def f(): return f()\nx = f()',
        'binary': bytes(range(256)),
        'NUL': 'x = 1\0',
        'UTF-16': 'x = 1'.encode('utf-16'),
        'Latin-1': 'x = "ä"'.encode('latin-1'),
        'an HTML page': '<!DOCTYPE html>',
        'a conflict of git': '<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other',
        'a base that is a number': '_base_ = 3',
        'a base that is None': '_base_ = None',
        'a base that is a dict': '_base_ = dict(a=1)',
        'a missing base': "_base_ = 'gone.py'",
        'a base that is a folder': "_base_ = '.'",
        'a base of a library that is missing': "_base_ = 'nolib::x.py'",
        'a key twice in two bases': "_base_ = ['b.py', 'c.py']",
        'a value that was another kind': "_base_ = 'b.py'\nm = dict(a=1)",
        'a custom import that is missing': "custom_imports = dict(imports=['no_such_module'])",
        'half of JSON': '{"x": ',
        'nesting without end': 'x = ' + '[' * 5000,
    }.items():
        more = {'b.py': 'x = 1\nm = 3', 'c.py': 'x = 2'}
        yield case(name, {'a.py': content, **more})
    for suffix, content in (
        ('json', '{"x": '),
        ('json', '[1]'),
        ('yaml', 'x: [1'),
        ('yaml', '- 1'),
        ('txt', 'x = 1'),
        ('', 'x'),
    ):
        name = f'a.{suffix}'.rstrip('.')
        yield case(f'{content!r} as {name}', {name: content}, None, name)
    yield FaultCase('missing', lambda folder: load_config_file(folder / 'a.py'), None, ('a.py',))
    yield FaultCase('a folder', lambda folder: load_config_file(folder), None, ('inputs',))
    yield FaultCase(
        'a FIFO', lambda folder: (os.mkfifo(folder / 'a.py'), load_config_file(folder / 'a.py')), None, ('a.py',)
    )
    yield FaultCase('/dev/zero', lambda folder: load_config_file('/dev/zero'), None, ('/dev/zero',))


def merged(options: list[str], **base: Any) -> Config:
    """Return a config with options of a command line in it."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument('--cfg-options', nargs='+', action=TextOptions)
    try:
        args = parser.parse_args(['--cfg-options', *options])
    except argparse.ArgumentError as error:  # with which argparse ends the program in one sentence
        raise ConfigError(str(error)) from error
    cfg = Config(base) if base else Config.fromfile(SHIPPED)
    merge_options(cfg, args.cfg_options)
    return cfg


def option_cases(shared: Path) -> Iterator[FaultCase]:
    """List options, and what becomes of the config."""
    base = dict(name='a', number=1, flag=False, part=dict(x=1), items=[dict(y=1), dict(y=2)], pair=(1, 2), none=None)

    def right(option: str, key: str, expected: Any) -> FaultCase:
        def read(folder: Path) -> Any:
            value: Any = merged([option], **base)
            for part in key.split('.'):
                value = value[int(part)] if isinstance(value, (list, tuple)) else value[part]
            return value

        def is_expected(value: Any) -> bool:
            return bool(value == expected and type(value) is type(expected))

        return FaultCase(option, read, is_expected, refusable=False)

    for option, expected in (
        ('name=my photos', 'my photos'), ('name=a,b', 'a,b'), ('name=2024', '2024'), ('name=1e5', '1e5'),
        ('name=~/x', '~/x'), ('name=/a/b:c', '/a/b:c'), ('name=a=b', 'a=b'), ("name='quoted'", 'quoted'),
        ('name="quoted, too"', 'quoted, too'), ("name=it's", "it's"), ('name=None', None), ('name=True', True),
        ('name=', ''), ('name=$x', '$x'), ('name=图', '图'), ('name=a[1]', 'a[1]'), ("name='[1]'", '[1]'),
        ('name=C:\\x', 'C:\\x'), ('name= x ', 'x'), ('name=0755', '0755'), ('name=nan', 'nan'),
        ('number=2', 2), ('number=2.5', 2.5), ('number=1e-4', 1e-4), ('number=-3', -3), ('number=None', None),
        ('flag=True', True), ('flag=true', True), ('flag=False', False), ('part.x=2', 2), ('part.y=2', 2),
        ('items.1.y=5', 5), ('items.0=3', 3), ('pair=(3,4)', (3, 4)), ('pair=[3,4]', [3, 4]), ('new=[1,2]', [1, 2]),
        ('new=1,2', [1, 2]), ('new=[[1,2],[3]]', [[1, 2], [3]]), ('new=[a,b]', ['a', 'b']),
        ("new=['a b',c]", ['a b', 'c']), ('new=[]', []), ('new.a.b=1', 1), ('none=5', 5), ('none=x', 'x'),
    ):  # fmt: skip
        yield right(option, option.partition('=')[0], expected)
    for option in (
        'name', '=', '=3', 'name =x', '.=1', 'part.=1', '.part=1', 'part..x=1', 'name.x=1', 'number.x=1', 'items.5=1',
        'items.x=1', 'items.-1=1', 'items.0.y.z=1', 'pair.7=1', 'new=[1', 'new=[1)', 'new="a', 'new=(1,]', 'new=[1]]',
        'flag.x=1', '',
    ):  # fmt: skip
        key = option.partition('=')[0].strip() or option
        yield FaultCase(option or 'nothing', lambda folder, o=option: merged([o], **base), None, (key,))
    yield FaultCase(
        'a whole and a part of it', lambda folder: merged(['part=3', 'part.x=1'], **base), None, ('part.x',)
    )
    for option, key in (
        ('custom_imports=no_such_module', 'custom_imports'),
        ('custom_imports.imports=[no_such_module]', 'no_such_module'),
        ('train_cfg.max_epochs=ten', 'train_cfg.max_epochs'),
        ('train_cfg.max_epoch=10', 'max_epoch'),
        ('train_cfg=10', 'train_cfg'),
        ('model.teacher_layers=17', 'model.teacher_layers'),
        ('model.refiner.rank=64,64', 'model.refiner.rank'),
        ('optim_wrapper.optimizer.lr=1-3', 'optim_wrapper.optimizer.lr'),
        ('optim_wrapper.optimizer.lr=nan', 'optim_wrapper.optimizer.lr'),
        ('optim_wrapper.optimizer.type=Adem', 'Adem'),
        ('model.type=SingerDistiller', 'SingerDistiller'),
        ('model.loss_kd.type=KDLos', 'KDLos'),
        ('default_hooks.checkpoint.interval=often', 'default_hooks.checkpoint.interval'),
        ('custom_hooks=[dict(type="EMAHook")]', 'custom_hooks'),
        ('train_dataloader.batch_sise=8', 'batch_sise'),
        ('total_batch_sise=8', 'total_batch_sise'),
        ('default_scope=mmdett', 'mmdett'),
        ('runner_type=Runer', 'Runer'),
        ('randomness=5', 'randomness'),
        ('env_cfg.dist_cfg.backend=5', 'env_cfg.dist_cfg.backend'),
        ('work_dir=None', 'work_dir'),
    ):
        yield FaultCase(f'of a training: {option}', lambda folder, o=option: prepare_config(merged([o])), None, (key,))
