"""A folder of feature entries of bounded size."""

from __future__ import annotations

import shutil
from pathlib import Path

from singer_mm.errors import DataError

GIB = 1 << 30


class FeatureCache:
    """Entries below one folder, of which the least recently used make room for new ones.

    Args:
        folder: Where the entries lie.
        limit_gib: What all entries together may take, in GiB.
    """

    def __init__(self, folder: str | Path = 'work_dirs/feature_cache', limit_gib: float = 100.0) -> None:
        self.folder = Path(folder)
        self.limit = int(limit_gib * GIB)
        self._in_use: set[str] = set()

    def find(self, key: str) -> Path | None:
        """Return the finished entry of a key, and note that it is in use."""
        entry = self.folder / key
        if not (entry / 'entry.json').is_file():
            return None
        return self._use(entry)

    def unfinished(self, key: str) -> Path:
        """Return the folder in which an entry grows until :meth:`finish`."""
        return self.folder / f'{key}.unfinished'

    def finish(self, key: str) -> Path:
        """Give a complete entry its name."""
        entry = self.folder / key
        self.unfinished(key).rename(entry)
        return self._use(entry)

    def _use(self, entry: Path) -> Path:
        self._in_use.add(entry.name)
        (entry / 'used').touch()
        return entry

    def make_room(self, key: str, size: int) -> None:
        """Remove the least recently used entries until ``size`` bytes fit into the limit.

        Those that this object has found or finished stay: whoever asks for the new ones needs them together.

        Raises:
            DataError: If they never will, or the disk itself has no room for them.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        own = self.unfinished(key)
        others = [path for path in self.folder.iterdir() if path.is_dir() and path != own]
        taken = sum(map(_size, others))
        # Only finished ones may go: another process may be at work on the others.
        removable = sorted(
            (path for path in others if path.suffix != own.suffix and path.name not in self._in_use), key=_last_use
        )
        needed = size + sum(_size(path) for path in others if path.name in self._in_use)
        if needed > self.limit:
            raise DataError(
                f'the features need {needed / GIB:.1f} GiB, and the limit of the cache {self.folder} is '
                f'{self.limit / GIB:.1f} GiB; raise it with --cache-limit, or go without by --no-cache.'
            )
        while removable and taken + size > self.limit:
            oldest = removable.pop(0)
            taken -= _size(oldest)
            shutil.rmtree(oldest)
        free = shutil.disk_usage(self.folder).free + (_size(own) if own.exists() else 0)
        if size > free:
            raise DataError(
                f'the features need {size / GIB:.1f} GiB, and {self.folder} has {free / GIB:.1f} GiB free; make room, '
                'name another place with --cache, or go without by --no-cache.'
            )


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _last_use(folder: Path) -> int:
    used = folder / 'used'
    return (used if used.exists() else folder).stat().st_mtime_ns
