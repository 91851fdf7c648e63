"""Getting files out of archives, or links to files out of folders, so that an interrupted run goes on where it was."""

from __future__ import annotations

import errno
import gzip
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


# What the standard library raises on archives that were downloaded by half or are none.
DAMAGE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, ValueError)
ENCRYPTED = 1  # bit of a zip member's flags
# What the system says of a name that no file can have beside those that are there.
IMPOSSIBLE = (errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.EINVAL, errno.EILSEQ)


def write_file(stream: IO[bytes], size: int, target: Path, archive: str | Path) -> None:
    """Copy a member of an archive to a file that appears when it is whole; one of this size is kept as it is.

    Raises:
        DataError: If the archive ends too early, or the system has no place for a file of this name.
    """
    temporary = target.with_name(f'.{target.name}.part')
    try:
        if target.is_file() and target.stat().st_size == size:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with damage_named(archive, target.name), open(temporary, 'wb') as file:
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
            'the official one.'
        ) from error


@contextmanager
def damage_named(archive: str | Path, member: str) -> Iterator[None]:
    """Name the archive and the member where reading it fails.

    Raises:
        DataError: If the archive is damaged there.
    """
    try:
        yield
    except DAMAGE as error:
        raise DataError(f'{archive} is truncated or damaged at {member}; download it again.') from error
    except OSError as error:
        if error.errno is not None:
            raise
        # bz2 has no class of its own for a broken stream, and no number as the system's errors have.
        raise DataError(f'{archive} is truncated or damaged at {member}; download it again.') from error


def members(archive: Path | IO[bytes], label: str | Path = '') -> Iterator[tuple[PurePosixPath, int, IO[bytes]]]:
    """Yield path, size in bytes and content of each file in a tar (of any compression) or zip archive.

    macOS's ``._*`` companions, which some official archives carry, are left out.

    Args:
        archive: File, or an open tar inside another.
        label: What errors call it; the path by default.

    Raises:
        DataError: If it is damaged, encrypted or compressed by a method that Python lacks, or a member is a link, has
            the name of another one or one that no file can have, or would leave the folder it is unpacked to.
    """
    label = label or str(archive)
    seen: set[str] = set()
    try:
        if isinstance(archive, Path) and zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                for entry in zipped.infolist():
                    if not entry.is_dir() and _wanted(entry.orig_filename, label, seen):
                        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
                            raise _no_plain_file(label, entry.filename)
                        if entry.flag_bits & ENCRYPTED:
                            raise DataError(
                                f'{label} is encrypted; download the official one, which needs no password.'
                            )
                        with zipped.open(entry) as stream:
                            yield PurePosixPath(entry.filename), entry.file_size, stream
            return
        with tarfile.open(archive) if isinstance(archive, Path) else tarfile.open(fileobj=archive) as tar:
            for member in tar:
                if member.isdir() or not _wanted(member.name, label, seen):
                    continue
                content = tar.extractfile(member) if member.isfile() else None
                if content is None:
                    raise _no_plain_file(label, member.name)
                yield PurePosixPath(member.name), member.size, content
            _check_to_the_end(tar, label)
    except NotImplementedError as error:
        # Deflate64, for example, which Windows takes for large files.
        raise DataError(
            f'{label} is compressed by a method that Python cannot read ({error}); unpack it by another program, '
            'such as 7-Zip, and give the folder.'
        ) from error
    except DAMAGE as error:
        raise DataError(f'{label} is truncated or no archive; download it again.') from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DataError(f'{label} is truncated or no archive; download it again.') from error


def _check_to_the_end(tar: tarfile.TarFile, label: str | Path) -> None:
    """Read what follows the last member: the checksum of a compressed stream is at its very end."""
    try:
        while tar.fileobj is not None and tar.fileobj.read(1 << 20):
            pass
    except (*DAMAGE, OSError) as error:
        raise DataError(
            f'{label} is truncated or damaged somewhere; download it again, and delete what was unpacked of it.'
        ) from error


def _no_plain_file(label: str | Path, name: str) -> DataError:
    return DataError(f'{label} holds {name}, which is no plain file; download the official one.')


def _wanted(name: str, label: str | Path, seen: set[str]) -> bool:
    path = PurePosixPath(name)
    if '\0' in name:
        raise DataError(f'{label} holds the name {name!r}, which no file can have; download the official one.')
    if path.is_absolute() or '..' in path.parts:
        raise DataError(f'{label} holds {name}, which leaves the folder it is unpacked to; download the official one.')
    if path.name.startswith('._'):
        return False
    if str(path) in seen:
        raise DataError(f'{label} holds {name} twice; download the official one.')
    seen.add(str(path))
    return True


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
    """Link every file of a folder, see :func:`list_files`, or one file, and return their number."""
    if source.is_file():
        link_file(source, target)
        return 1
    paths = [Path(path) for path in list_files(source)]
    for path in paths:
        link_file(path, target / path.relative_to(source))
    return len(paths)
