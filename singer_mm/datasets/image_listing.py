"""The image files of a folder: the same list for distillation, analysis, evaluation and checkers."""

import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from singer_mm.errors import DataError

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')

# Device and inode identify a folder, whichever links lead to it.
Identity = tuple[int, int]


def list_images(root: str | Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES, recursive: bool = True) -> list[str]:
    """Return the sorted paths of the images of a folder by their suffix, without opening them.

    See :func:`list_files` for the rules.

    Args:
        root: Folder.
        suffixes: Endings of the names, in lower case.
        recursive: Whether all folders below it are searched.

    Raises:
        DataError: If a folder cannot be read.
    """
    return sorted(list_files(root, suffixes, recursive))


def list_files(root: str | Path, suffixes: tuple[str, ...] = ('',), recursive: bool = True) -> Iterator[str]:
    """Yield the paths of the files of a folder, in no particular order.

    - Names that begin with a dot, and the content of folders with such names, are ignored: ``._*`` of macOS,
      ``.ipynb_checkpoints``, ``.trash``, ``.thumbnails``. ``root`` itself may have such a name.
    - Links are followed, but each real folder counts once, even if links form a loop. So does each real file: a link
      to a file that is listed under its own name is ignored. Hard links count as separate files, since tools that save
      space create them for equal images.
    - FIFOs, sockets and devices are ignored. A dangling link is kept, so that its reader reports the error.

    Raises:
        DataError: If a folder cannot be read, or ``root`` is no folder.
    """
    root = str(root)
    # A link to a folder above would lead to files outside of `root`, and back to `root`.
    seen = {_identity(folder) for folder in Path(os.path.realpath(root)).parents}
    real_folders: set[str] = set()
    file_links: list[str] = []
    # Links are followed after all real folders, so that a folder below `root` keeps its own name.
    folders, folder_links = [root], list[str]()
    while folders or folder_links:
        folder = folders.pop() if folders else folder_links.pop(0)
        identity = _identity(folder)
        if identity in seen:
            continue
        seen.add(identity)
        real_folders.add(os.path.realpath(folder))
        for entry in _entries(folder):
            if entry.name.startswith('.'):
                continue
            if _is_folder(entry):
                if recursive:
                    (folder_links if entry.is_symlink() else folders).append(entry.path)
            elif not entry.name.lower().endswith(suffixes):
                continue
            elif entry.is_symlink():
                if _is_file_or_dangling(entry.path):
                    file_links.append(entry.path)
            elif entry.is_file():
                yield entry.path
        folder_links.sort()
    real_path_of = functools.lru_cache(1 << 16)(os.path.realpath)
    for path in file_links:
        target = os.path.join(os.path.dirname(path), os.readlink(path))
        if os.path.islink(target):
            target = os.path.realpath(target)
        folder, name = os.path.split(target)
        is_listed = not name.startswith('.') and name.lower().endswith(suffixes)
        if not (is_listed and real_path_of(folder) in real_folders and os.path.exists(path)):
            yield path


def list_folders(folder: str | Path) -> list[str]:
    """Return the sorted names of the folders in a folder; files and hidden folders are ignored.

    Raises:
        DataError: If it cannot be read.
    """
    return sorted(entry.name for entry in _entries(str(folder)) if not entry.name.startswith('.') and _is_folder(entry))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        _refuse(folder, error)


def _identity(folder: str | Path) -> Identity:
    try:
        facts = os.stat(folder)
    except OSError as error:
        _refuse(folder, error)
    return facts.st_dev, facts.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if entry.is_symlink():
            return False  # a circle, or a folder without permission: kept as a file that cannot be read
        _refuse(entry.path, error)


def _is_file_or_dangling(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True


def _refuse(folder: str | Path, error: OSError) -> NoReturn:
    raise DataError(
        f'folder {folder} cannot be read ({error.strerror}); give a folder that you may read, or make it readable.'
    ) from error
