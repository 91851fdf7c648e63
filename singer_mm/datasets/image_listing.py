"""Which files of a folder are its images: one answer for distillation, analysis, evaluation and checkers."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from singer_mm.errors import DataError

IMAGE_SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')

# Device and inode: what a folder is, whichever links lead to it.
Identity = tuple[int, int]


def list_images(root: str | Path, suffixes: tuple[str, ...] = IMAGE_SUFFIXES, recursive: bool = True) -> list[str]:
    """Return the sorted paths of the images of a folder, told by their suffix, without opening them.

    See :func:`list_files` for what counts.

    Args:
        root: Folder.
        suffixes: Endings of the names, in lower case.
        recursive: Whether folders below it are searched to the bottom.

    Raises:
        DataError: If a folder cannot be read.
    """
    return sorted(list_files(root, suffixes, recursive))


def list_files(root: str | Path, suffixes: tuple[str, ...] = ('',), recursive: bool = True) -> Iterator[str]:
    """Yield the paths of the files of a folder, in no particular order.

    - Names that begin with a dot, and what lies in folders of such a name, do not count: ``._*`` of macOS,
      ``.ipynb_checkpoints``, ``.trash``, ``.thumbnails``. ``root`` itself may have such a name.
    - Links are followed, but each real folder counts once, also where links form a loop. So does each real file: a link
      to a file that is listed under its own name is left out. Hard links are files of their own, since tools that save
      space make them of equal images.
    - FIFOs, sockets and devices are left out. A link that leads nowhere is kept, so that whoever reads it says so.

    Raises:
        DataError: If a folder cannot be read, or ``root`` is no folder.
    """
    root = str(root)
    # A link to the folder above would lead to files that nobody named, and back here.
    seen = {_identity(folder) for folder in Path(os.path.realpath(root)).parents}
    real_folders: set[str] = set()
    file_links: list[str] = []
    # Links wait until all real folders are seen, so that a folder keeps its own name where it has one.
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
    """Return the sorted names of the folders in a folder; files beside them and hidden folders do not count.

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
            return False  # leads in a circle, or to where we may not look: kept as a file that cannot be read
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
