"""A folder of feature entries of bounded size."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from singer_mm.errors import DataError
from singer_mm.utils.folder_use import NAME as USED
from singer_mm.utils.folder_use import FolderInUse, claimed, lock_file

GIB = 1 << 30

ENTRY = 'entry.json'
"""File that makes an entry a finished one."""

UNFINISHED, REMOVED = '.unfinished', '.removed'
"""Endings of the names of folders that do not count as entries."""


class FeatureCache:
    """Entries below one folder, of which the least recently used make room for new ones.

    Several processes may share the folder: an entry that one of them has found stays until that process lets this
    object go, or ends.

    Args:
        folder: Where the entries lie.
        limit_gib: What all entries together may take, in GiB.
    """

    def __init__(self, folder: str | Path = 'work_dirs/feature_cache', limit_gib: float = 100.0) -> None:
        self.folder = Path(folder)
        self.limit = int(limit_gib * GIB)
        self._in_use: dict[str, FolderInUse] = {}

    def find(self, key: str) -> Path | None:
        """Return the finished entry of a key, and keep it from being removed."""
        entry = self.folder / key
        return entry if (entry / ENTRY).is_file() and self._use(entry) else None

    def unfinished(self, key: str) -> Path:
        """Return the folder in which an entry grows until :meth:`finish`."""
        return self.folder / f'{key}{UNFINISHED}'

    def finish(self, key: str) -> Path:
        """Give a complete entry its name, and keep it from being removed."""
        entry = self.folder / key
        with self._making_room():  # or it could be removed before it is in use
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

    @contextmanager
    def growing(self, key: str) -> Iterator[None]:
        """Inside, no other process extracts the entry of ``key``; this waits for one that does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self._lock_of(key), 'a') as file:
            lock_file(file, fcntl.LOCK_EX)
            yield

    def _lock_of(self, key: str) -> Path:
        return self.folder / f'{key}.lock'

    @contextmanager
    def _making_room(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / 'room.lock', 'a') as file:
            lock_file(file, fcntl.LOCK_EX)
            yield

    def _claimed(self, entry: Path) -> AbstractContextManager[bool]:
        """Tell whether no process reads an entry or is at work on it; inside, none begins to."""
        if entry.suffix != UNFINISHED:
            return claimed(entry / USED)
        self._lock_of(entry.stem).touch()
        return claimed(self._lock_of(entry.stem))

    def make_room(self, key: str, size: int) -> None:
        """Remove the least recently used entries until ``size`` bytes fit into the limit.

        Those in use stay: the ones that this object has found or finished, since whoever asks for the new ones needs
        them together, and those of other processes.

        Raises:
            DataError: If they never will, or the disk itself has no room for them; then nothing is removed.
        """
        with self._making_room():
            self._make_room(key, size)

    def _make_room(self, key: str, size: int) -> None:
        for path in self.folder.glob(f'*{REMOVED}'):  # of a killed process: it worked under the lock that is ours now
            shutil.rmtree(path)
        own = self.unfinished(key)
        sizes = {path: _size(path) for path in self.folder.iterdir() if path.is_dir() and path != own}
        needed = size + sum(taken for path, taken in sizes.items() if path.name in self._in_use)
        if needed > self.limit:
            raise DataError(
                f'the features need {needed / GIB:.1f} GiB, and the limit of the cache {self.folder} is '
                f'{self.limit / GIB:.1f} GiB; raise it with --cache-limit, or go without by --no-cache.'
            )
        excess = sum(sizes.values()) + size - self.limit
        with ExitStack() as claims:
            unused = []
            # What was begun and nobody is at work on goes last: it may have cost hours, and nobody has had any of it.
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
                # Renamed first, so that a kill half-way leaves nothing that counts.
                shutil.rmtree(entry.rename(entry.with_name(entry.name + REMOVED)))
        free = shutil.disk_usage(self.folder).free + (_size(own) if own.exists() else 0)
        if size > free:
            raise DataError(
                f'the features need {size / GIB:.1f} GiB, and {self.folder} has {free / GIB:.1f} GiB free; make room, '
                'name another place with --cache, or go without by --no-cache.'
            )


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, in which another process may be at work."""
    total = 0
    for entry in os.scandir(folder):
        try:
            total += entry.stat().st_size if entry.is_file() else 0
        except FileNotFoundError:  # a temporary file that has got its name
            continue
    return total


def _last_use(folder: Path) -> int:
    used = folder / USED
    return (used if used.exists() else folder).stat().st_mtime_ns
