"""The official class names, from the OpenMMLab packages, without importing these."""

import importlib.util
import runpy
from functools import cache
from pathlib import Path

from singer_mm.errors import DataError


@cache
def official_names(constant: str) -> tuple[str, ...]:
    """Return a tuple of mmpretrain's ``datasets/categories.py``, such as ``FOOD101_CATEGORIES``.

    Importing mmpretrain would take seconds; the file with its tables needs nothing and is run alone.

    Raises:
        DataError: If mmpretrain is not installed.
    """
    spec = importlib.util.find_spec('mmpretrain')
    if spec is None or not spec.submodule_search_locations:
        raise DataError('mmpretrain is not installed, but its class names are needed: run tools/setup_env.sh.')
    tables = runpy.run_path(str(Path(spec.submodule_search_locations[0], 'datasets', 'categories.py')))
    return tuple(tables[constant])
