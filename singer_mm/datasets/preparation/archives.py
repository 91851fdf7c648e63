"""Getting files out of archives, or links to files out of folders, so that an interrupted run goes on where it was."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from singer_mm.errors import DataError

ARCHIVE_SUFFIXES = ('.tar', '.tar.gz', '.tgz', '.zip')


# What the standard library raises on archives that were downloaded by half or are none.
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


def write_file(stream: IO[bytes], size: int, target: Path, archive: str | Path) -> None:
    """Copy a member of an archive to a file that appears when it is whole; one of this size is kept as it is.

    Raises:
        DataError: If the archive ends too early.
    """
    if target.exists() and target.stat().st_size == size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f'.{target.name}.part')
    try:
        with open(temporary, 'wb') as file:
            shutil.copyfileobj(stream, file, 1 << 20)
    except DAMAGE as error:
        raise DataError(f'{archive} is truncated or damaged at {target.name}; download it again.') from error
    os.replace(temporary, target)


def members(archive: Path | IO[bytes], label: str | Path = '') -> Iterator[tuple[PurePosixPath, int, IO[bytes]]]:
    """Yield path, size in bytes and content of each file in a tar (of any compression) or zip archive.

    macOS's ``._*`` companions, which some official archives carry, are left out.

    Args:
        archive: File, or an open tar inside another.
        label: What errors call it; the path by default.

    Raises:
        DataError: If it is damaged, or a member is a link or would leave the folder it is unpacked to.
    """
    label = label or str(archive)
    try:
        if isinstance(archive, Path) and zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                for entry in zipped.infolist():
                    if not entry.is_dir() and _wanted(entry.filename, label):
                        with zipped.open(entry) as stream:
                            yield PurePosixPath(entry.filename), entry.file_size, stream
            return
        with tarfile.open(archive) if isinstance(archive, Path) else tarfile.open(fileobj=archive) as tar:
            for member in tar:
                if member.isdir() or not _wanted(member.name, label):
                    continue
                content = tar.extractfile(member) if member.isfile() else None
                if content is None:
                    raise DataError(f'{label} holds {member.name}, which is no plain file; download the official one.')
                yield PurePosixPath(member.name), member.size, content
    except DAMAGE as error:
        raise DataError(f'{label} is truncated or no archive; download it again.') from error


def _wanted(name: str, label: str | Path) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or '..' in path.parts:
        raise DataError(f'{label} holds {name}, which leaves the folder it is unpacked to; download the official one.')
    return not path.name.startswith('._')


def below(path: PurePosixPath, inside: str) -> PurePosixPath | None:
    """Return what follows ``inside``, a folder or file at any depth of ``path``; None where it is elsewhere."""
    parts, wanted = path.parts, PurePosixPath(inside).parts
    for start in range(len(parts) - len(wanted) + 1):
        if parts[start : start + len(wanted)] == wanted:
            return PurePosixPath(*parts[start + len(wanted) :])
    return None


def unpack(archive: Path, inside: str, target: Path) -> int:
    """Write the folder or file ``inside`` an archive to ``target`` and return the number of files.

    Args:
        archive: Tar or zip file.
        inside: Folder or file in it, at any depth; empty for everything.
        target: What ``inside`` becomes.

    Raises:
        DataError: If the archive is damaged, unsafe or holds no such thing.
    """
    count = 0
    for path, size, stream in members(archive):
        rest = below(path, inside)
        if rest is not None:
            write_file(stream, size, target / rest, archive)
            count += 1
    if count == 0:
        raise DataError(f'{archive} holds no {inside}; download the official archive of this name.')
    return count


def link_file(source: Path, target: Path) -> None:
    """Make ``target`` a hard link to ``source``, or a symbolic one where disks differ; no data is copied."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        target.symlink_to(source.resolve())


def link_tree(source: Path, target: Path) -> int:
    """Link every file of a folder, or one file, and return their number."""
    if source.is_file():
        link_file(source, target)
        return 1
    count = 0
    for folder, _, names in os.walk(source, followlinks=True):
        for name in names:
            link_file(Path(folder, name), target / Path(folder).relative_to(source) / name)
            count += 1
    return count
