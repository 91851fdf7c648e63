"""Read a config file, with one sentence for each error in it or in its ``_base_`` files."""

import ast
import traceback
from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config

from singer_mm.errors import ConfigError

SUFFIXES = ('.py', '.json', '.yaml', '.yml')


def load_config_file(path: str | Path) -> Config:
    """Return the config of a file.

    Raises:
        ConfigError: If the file, or one of its ``_base_`` files, is missing, no text or no Python, or is its own base;
            if its code fails; or if it is empty.
    """
    path = Path(path).expanduser()
    files = list(_files(path, ()))
    try:
        cfg = Config.fromfile(path)
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:  # whatever the code of a config may raise
        raise ConfigError(f'config {_place(error, files)}: {_reason(error)}.') from error
    if not cfg.keys():
        raise ConfigError(f'config {path} is empty; the shipped ones are in configs/.')
    return cfg


def _files(path: Path, children: tuple[Path, ...]) -> Iterator[Path]:
    """Check and yield a file and its ``_base_`` files; ``children`` are the configs that led to it."""
    if path.resolve() in [child.resolve() for child in children]:
        circle = ' -> '.join(str(file) for file in (*children, path))
        raise ConfigError(f'the configs start from each other in a circle ({circle}); remove one _base_.')
    if not path.is_file():
        what = 'is no file' if path.exists() else 'does not exist'
        if children:
            raise ConfigError(f'config {path}, a _base_ of {children[-1]}, {what}; correct the path there.')
        raise ConfigError(f'config {path} {what}; the shipped ones are in configs/.')
    if path.suffix not in SUFFIXES:
        raise ConfigError(f'config {path} is of no known kind; allowed: {", ".join(SUFFIXES)}.')
    try:
        text = path.read_text(encoding='utf-8')
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError(f'config {path} cannot be read as text ({error}); a config is a Python file.') from error
    yield path
    if path.suffix == '.py':
        for base in _bases(path, text):
            if '::' not in base:  # a config of a library, which MMEngine finds
                yield from _files(path.parent / base, (*children, path))


def _bases(path: Path, text: str) -> list[str]:
    """Return the ``_base_`` files of a Python config, if they are literals."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, 'lineno', None)
        where = f'{path}, line {line}' if line else str(path)
        raise ConfigError(f'config {where}: {getattr(error, "msg", error)}; a config is a Python file.') from error
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(target, 'id', '') == '_base_' for target in node.targets):
            try:
                bases = ast.literal_eval(node.value)
            except ValueError:
                return []  # computed, so MMEngine evaluates it
            bases = [bases] if isinstance(bases, str) else bases
            if not isinstance(bases, list | tuple) or not all(isinstance(base, str) for base in bases):
                raise ConfigError(
                    f'config {path}, line {node.lineno}: _base_ is {bases!r}; allowed: a path or a list of paths.'
                )
            return [base for base in bases if '{{' not in base]
    return []


def _place(error: BaseException, files: list[Path]) -> str:
    """Return file and line of the config whose code failed."""
    names = {str(file.resolve()) for file in files}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in names]
    return f'{frames[-1].filename}, line {frames[-1].lineno}' if frames else str(files[0])


def _reason(error: BaseException) -> str:
    cause = error.__cause__ if isinstance(error, ImportError) and error.__cause__ is not None else error
    text = ' '.join(str(cause).split())[:300].rstrip('.')
    return f'{type(cause).__name__}: {text}' if text else type(cause).__name__
