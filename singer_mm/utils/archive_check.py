"""Check that the zip archive which ``torch.save`` writes is complete and undamaged."""

import os
import zipfile
import zlib
from pathlib import Path

from singer_mm.errors import CheckpointError

from .error_text import reason_of

# What Python's reader raises on damaged headers, besides its own error: it unpacks and decodes before it checks.
_READER_ERRORS = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


def check_archive(path: Path) -> None:
    """Check the declared sizes and the checksums (CRC-32) of a zip archive; any other file passes.

    The sizes are checked before any record is read: ``torch.save`` does not compress, so the records of an archive
    cannot be larger than the file.

    Raises:
        CheckpointError: If a record is damaged, missing, compressed, or larger than the file can hold.
    """
    if not zipfile.is_zipfile(path):
        with open(path, 'rb') as file:
            if file.read(4) == b'PK\x03\x04':
                raise _truncated(path, 'the directory of its archive is missing')
        return
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
            if any(record.compress_type != zipfile.ZIP_STORED or record.flag_bits & 1 for record in records):
                raise CheckpointError(f'{path} is compressed or encrypted, as torch.save never writes it.')
            declared = sum(record.file_size for record in records)
            if declared > path.stat().st_size:
                raise CheckpointError(
                    f'{path} declares {declared} bytes of content, but has only {path.stat().st_size}; fetch or '
                    'write it again.'
                )
            damaged = archive.testzip()
    except CheckpointError:
        raise
    except _READER_ERRORS as error:
        raise _truncated(path, reason_of(error)) from error
    if damaged is not None:
        raise CheckpointError(
            f'{path} is damaged: the checksum of its record {damaged} is wrong; fetch or write it again.'
        )


def _truncated(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(f'{path} is truncated or no checkpoint ({reason}); fetch or write it again.')


def is_whole_archive(path: str | os.PathLike[str]) -> bool:
    """Return whether ``path`` is a zip archive without damage."""
    if not zipfile.is_zipfile(path):
        return False
    try:
        check_archive(Path(path))
    except CheckpointError:
        return False
    return True
