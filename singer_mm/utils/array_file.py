"""Arrays in ``.npz`` files, written whole or not at all."""

import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from singer_mm.errors import DataError

from .atomic_path import atomic_path
from .error_text import reason_of


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, Any]) -> None:
    """Write compressed arrays; raises what :func:`atomic_path` raises."""
    with atomic_path(path) as temporary, open(temporary, 'wb') as file:
        np.savez_compressed(file, **arrays)


def read_arrays(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Read the arrays of a file.

    Raises:
        DataError: If the file is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            return dict(content)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f'{path} cannot be read ({reason_of(error)}); delete it and run what wrote it again.'
        ) from error
