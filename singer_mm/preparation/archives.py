"""Unpack archives, or link the files of folders, so that an interrupted run can continue."""

import errno
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from singer_mm.datasets.image_listing import list_files
from singer_mm.errors import DataError

ARCHIVE_SUFFIXES = ('.tar', '.tar.gz', '.tgz', '.zip')

# What the standard library raises if an archive is incomplete or not an archive; gzip and bz2 raise OSError.
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, OSError, zlib.error, lzma.LZMAError, EOFError, ValueError)
ENCRYPTED = 1  # bit of a zip member's flags
# Errors of the system for a name that cannot exist beside the existing files.
IMPOSSIBLE = (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)


def write_file(stream: IO[bytes], size: int, target: Path, archive: str | Path) -> None:
    """Copy a member of an archive to a temporary file and rename it; keep an existing target of this size.

    Raises:
        DataError: If the archive ends too early, or the system cannot create a file of this name.
    """
    temporary = target.with_name(f'.{target.name}.part')
    try:
        if target.is_file() and target.stat().st_size == size:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with damage_named(archive, f'damaged at {target.name}'), open(temporary, 'wb') as file:
            shutil.copyfileobj(stream, file, 1 << 20)
            written = file.tell()
        if written != size:
            raise DataError(
                f'{archive} declares {size:,} bytes of {target.name} and holds {written:,}; download it again.'
            )
        os.replace(temporary, target)
    except OSError as error:
        if error.errno not in IMPOSSIBLE:
            raise
        raise DataError(
            f'{archive} holds {target.name}, which cannot be written to {target.parent} ({error.strerror}); download '
            'the official archive.'
        ) from error


@contextmanager
def damage_named(archive: str | Path, state: str, remedy: str = 'download it again') -> Iterator[None]:
    """Name the archive in the error if reading it fails.

    Raises:
        DataError: If the archive is damaged.
    """
    try:
        yield
    except DAMAGE as error:
        # Errors of the system have a number. Those of gzip and bz2 for a broken stream have none.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(f'{archive} is truncated or {state}; {remedy}.') from error


def members(archive: Path | IO[bytes], label: str | Path = '') -> Iterator[tuple[PurePosixPath, int, IO[bytes]]]:
    """Yield path, size in bytes and content of each file in a tar (of any compression) or zip archive.

    The ``._*`` files of macOS, which some official archives contain, are left out.

    Args:
        archive: File, or an open tar inside another.
        label: Name of the archive in errors; the path by default.

    Raises:
        DataError: If the archive is damaged, encrypted or compressed by a method that Python lacks; or if a member is
            a link or device, would leave the folder, has the name of another member or a name that no file can have.
    """
    label = label or str(archive)
    seen: set[str] = set()
    try:
        with damage_named(label, 'no archive'):
            if isinstance(archive, Path) and zipfile.is_zipfile(archive):
                with zipfile.ZipFile(archive) as zipped:
                    for entry in zipped.infolist():
                        is_file = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)
                        if entry.is_dir() or not _wanted(entry.orig_filename, is_file, label, seen):
                            continue
                        if entry.flag_bits & ENCRYPTED:
                            raise DataError(f'{label} is encrypted; download the official archive without password.')
                        with zipped.open(entry) as stream:
                            yield PurePosixPath(entry.filename), entry.file_size, stream
                return
            # Not the filter 'data' of tarfile: it allows links, and makes absolute paths relative.
            with tarfile.open(archive) if isinstance(archive, Path) else tarfile.open(fileobj=archive) as tar:
                for member in tar:
                    if member.isdir() or not _wanted(member.name, member.isfile(), label, seen):
                        continue
                    content = tar.extractfile(member)
                    assert content is not None  # as for every regular file
                    yield PurePosixPath(member.name), member.size, content
                # The checksum of a compressed stream is at its very end.
                with damage_named(label, 'damaged', 'download it again, and delete the files unpacked from it'):
                    while tar.fileobj is not None and tar.fileobj.read(1 << 20):
                        pass
    except NotImplementedError as error:
        # Deflate64, for example, which Windows uses for large files.
        raise DataError(
            f'{label} is compressed by a method that Python cannot read ({error}); unpack it with another program, '
            'such as 7-Zip, and give the folder.'
        ) from error


def _wanted(name: str, is_file: bool, label: str | Path, seen: set[str]) -> bool:
    path = PurePosixPath(name)
    if '\0' in name:
        raise DataError(f'{label} holds the name {name!r}, which no file can have; download the official archive.')
    if path.is_absolute() or '..' in path.parts:
        raise DataError(f'{label} holds {name}, a path outside of the target folder; download the official archive.')
    if path.name.startswith('._'):
        return False
    if not is_file:
        raise DataError(f'{label} holds {name}, which is not a regular file; download the official archive.')
    if str(path) in seen:
        raise DataError(f'{label} holds {name} twice; download the official archive.')
    seen.add(str(path))
    return True


def below(path: PurePosixPath, inside: str) -> PurePosixPath | None:
    """Return the rest of ``path`` after ``inside``, a folder or file at any depth; None if it is not in ``path``."""
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
        target: New path of ``inside``.

    Raises:
        DataError: If the archive is damaged, unsafe or does not hold ``inside``.
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
    """Make ``target`` a hard link to ``source``, or a symbolic link across disks; no data is copied."""
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
    """Link one file, or every file of a folder (:func:`list_files`), and return the number of files."""
    if source.is_file():
        link_file(source, target)
        return 1
    paths = [Path(path) for path in list_files(source)]
    for path in paths:
        link_file(path, target / path.relative_to(source))
    return len(paths)
