"""What a user types for a backbone: ``[LABEL:]BACKBONE``."""

import os
from pathlib import Path

from .backbone_reference import TIMM_SOURCES, WEIGHT_FILES


def split_label(argument: str) -> tuple[str, str]:
    """Return label and reference of ``[LABEL:]BACKBONE``.

    Without a label, a timm name or a directory stands for itself. A weights file gets the names of its folder and its
    own (``vitl_vitt-student`` for ``singer/vitl_vitt/student.pth``): every run calls its student ``student.pth``. A
    config gets its name without ``.py``.
    """
    parts = argument.split(':')
    # A colon in the name of an existing file or directory separates nothing. Otherwise the last colon separates, except
    # the colon of `hf-hub:`, which belongs to timm's name.
    starts = [start for start in range(len(parts)) if start == 0 or f'{parts[start - 1]}:' not in TIMM_SOURCES]
    start = next((start for start in starts if _exists(':'.join(parts[start:]))), starts[-1])
    reference = ':'.join(parts[start:])
    return ':'.join(parts[:start]) or _default_label(reference), reference


def _exists(reference: str) -> bool:
    name, _, file = reference.partition('=')  # NAME=FILE, or a path that may have an equals sign of its own
    paths = [os.path.expanduser(path) for path in (reference, '' if ':' in name else file)]
    return os.path.isdir(paths[0]) or any(map(os.path.isfile, paths))


def _default_label(reference: str) -> str:
    path = Path(reference.rpartition('=')[2])
    if os.path.isdir(os.path.expanduser(reference)):
        return reference
    if path.suffix in WEIGHT_FILES:
        return f'{path.resolve().parent.name}-{path.stem}'
    return path.stem if path.suffix == '.py' else reference
