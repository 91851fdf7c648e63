"""A folder of feature entries of bounded size."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

from singer_mm.errors import DataError
from singer_mm.utils.folder_use import NAME as USED
from singer_mm.utils.folder_use import FolderInUse, claimed, lock_file

GIB = 1 << 30

ENTRY = 'entry.json'
"""File whose presence marks a finished entry."""

UNFINISHED, REMOVED = '.unfinished', '.removed'
"""Endings of the names of folders that are no entries."""


class FeatureCache:
    """Entries below one folder; new entries replace the least recently used ones.

    Several processes may share the folder. An entry that one process has found is kept until that process deletes this
    object or ends.

    Args:
        folder: Folder of the entries.
        limit_gib: Largest total size of the entries in GiB.
    """

    def __init__(self, folder: str | Path = 'work_dirs/feature_cache', limit_gib: float = 100.0) -> None:
        self.folder = Path(folder)
        self.limit = int(limit_gib * GIB)
        self._in_use: dict[str, FolderInUse] = {}

    def find(self, key: str) -> Path | None:
        """Return the finished entry of a key and protect it from removal."""
        entry = self.folder / key
        return entry if (entry / ENTRY).is_file() and self._use(entry) else None

    def unfinished(self, key: str) -> Path:
        """Return the folder in which an entry is written until :meth:`finish`."""
        return self.folder / f'{key}{UNFINISHED}'

    def finish(self, key: str) -> Path:
        """Give a complete entry its name and protect it from removal."""
        entry = self.folder / key
        with self._locked('room'):  # or it could be removed before it is in use
            self.unfinished(key).rename(entry)
            self._use(entry)
        return entry

    def _use(self, entry: Path) -> bool:
        try:
            self._in_use[entry.name] = FolderInUse(entry)
        except FileNotFoundError:  # another process has just removed it
            return False
        (entry / USED).touch()
        return True

    def growing(self, key: str) -> AbstractContextManager[None]:
        """Wait until no other process extracts the entry of ``key``; inside, none begins to."""
        return self._locked(key)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self._lock_of(name), 'a') as file:
            lock_file(file, fcntl.LOCK_EX)
            yield

    def _lock_of(self, name: str) -> Path:
        return self.folder / f'{name}.lock'

    def _claimed(self, entry: Path) -> AbstractContextManager[bool]:
        """Tell whether no process reads or writes an entry; inside, none begins to."""
        if entry.suffix != UNFINISHED:
            return claimed(entry / USED)
        self._lock_of(entry.stem).touch()
        return claimed(self._lock_of(entry.stem))

    def make_room(self, key: str, size: int) -> None:
        """Remove the least recently used entries until ``size`` bytes fit into the limit.

        Entries in use stay: those that this object has found or finished, because the caller needs them together with
        the new one, and those that other processes use.

        Raises:
            DataError: If ``size`` bytes can never fit, or the disk has no room for them; then nothing is removed.
        """
        with self._locked('room'):
            self._make_room(key, size)

    def _make_room(self, key: str, size: int) -> None:
        for path in self.folder.glob(f'*{REMOVED}'):  # left by a killed process, which had held our lock
            shutil.rmtree(path)
        own = self.unfinished(key)
        sizes = {path: _size(path) for path in self.folder.iterdir() if path.is_dir() and path != own}
        needed = size + sum(taken for path, taken in sizes.items() if path.name in self._in_use)
        if needed > self.limit:
            raise DataError(
                f'the features need {needed / GIB:.1f} GiB, but the limit of the cache {self.folder} is '
                f'{self.limit / GIB:.1f} GiB; raise it with --cache-limit, or use --no-cache.'
            )
        excess = sum(sizes.values()) + size - self.limit
        with ExitStack() as claims:
            unused = []
            # Unfinished entries that nobody works on go last: they may have cost hours and have served nobody yet.
            for entry in sorted(sizes, key=lambda path: (path.suffix == UNFINISHED, _last_use(path))):
                if excess > 0 and claims.enter_context(self._claimed(entry)):
                    unused.append(entry)
                    excess -= sizes[entry]
            if excess > 0:
                raise DataError(
                    f'the features need {needed / GIB:.1f} GiB, and other runs use so much of the limit of the cache '
                    f'{self.folder}, {self.limit / GIB:.1f} GiB, that {excess / GIB:.1f} GiB are missing; wait for '
                    'them, raise it with --cache-limit, or go without by --no-cache.'
                )
            for entry in unused:
                # Renamed first, so that a kill during the removal leaves no entry.
                shutil.rmtree(entry.rename(entry.with_name(entry.name + REMOVED)))
        free = shutil.disk_usage(self.folder).free + (_size(own) if own.exists() else 0)
        if size > free:
            raise DataError(
                f'the features need {size / GIB:.1f} GiB, and {self.folder} has {free / GIB:.1f} GiB free; make room, '
                'name another place with --cache, or go without by --no-cache.'
            )


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, which another process may change meanwhile."""
    total = 0
    for entry in os.scandir(folder):
        with suppress(FileNotFoundError):  # a temporary file that was renamed
            total += entry.stat().st_size if entry.is_file() else 0
    return total


def _last_use(folder: Path) -> int:
    used = folder / USED
    return (used if used.exists() else folder).stat().st_mtime_ns
