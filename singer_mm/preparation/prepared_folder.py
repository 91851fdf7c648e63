"""A dataset's folder below the data root, with the counts that it must reach."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from pathlib import Path

from singer_mm.errors import DataError

from .dataset_facts import DatasetFacts
from .files import check_image, check_md5, evenly, read_json
from .official_dataset import OFFICIAL

MINI = 'mini.json'
# A mini.json may call a split as the dataset's own folders or files do.
SPLIT_NAMES = {'training': 'train', 'validation': 'val', 'trnid': 'train', 'valid': 'val', 'tstid': 'test'}


class PreparedFolder:
    """What every checker needs to know of its folder.

    Without a ``mini.json`` the official counts are expected. With one (``{"counts": {"train": 200, ..., "classes":
    10}}``), its counts are; a count that it does not name is not compared, and a key that the checker does not count is
    ignored, so that a miniature may record more, or less, than the checker looks at.

    Args:
        name: Key of ``OFFICIAL``.
        root: Data root, e.g. ``data`` or ``data/mini``.

    Raises:
        DataError: If the folder does not exist or its ``mini.json`` is damaged.
    """

    def __init__(self, name: str, root: str | Path) -> None:
        self.name = name
        self.root = Path(root)
        self.official = OFFICIAL[name]
        self.path = self.root / self.official.folder
        if not self.path.is_dir():
            state = 'is no folder' if self.path.exists() else 'does not exist'
            raise DataError(
                f'{self.path}, the folder of {self.official.title}, {state}; prepare it with '
                f'`{self.converter}`, or use the miniature that `python tools/make_mini_suite.py` draws.'
            )
        # Of `ade/ADEChallengeData2016` both folders may carry the file.
        mini = next(
            (path / MINI for path in (self.path, self.root / self.official.top) if (path / MINI).exists()), None
        )
        self.is_mini = mini is not None
        if mini is None:
            self.expected = dict(self.official.counts)
            self.expected_classes = self.official.num_classes
        else:
            counts = read_json(mini).get('counts')
            if not isinstance(counts, dict) or not all(type(count) is int for count in counts.values()):
                raise DataError(
                    f'{mini} has no "counts" of whole numbers; draw the miniature again with tools/make_mini_suite.py.'
                )
            self.expected = {SPLIT_NAMES.get(str(key), str(key)): count for key, count in counts.items()}
            self.expected_classes = self.expected.get('classes')

    @property
    def converter(self) -> str:
        """The command that prepares this dataset."""
        return f'python tools/dataset_converters/{self.name}.py --source DOWNLOADED --root {self.root}'

    @property
    def again(self) -> str:
        """How to prepare the folder once more, to end a sentence with."""
        return 'run tools/make_mini_suite.py again' if self.is_mini else f'run `{self.converter}`'

    def part(self, relative: str) -> Path:
        """Return a folder or file that must exist.

        Raises:
            DataError: If it does not.
        """
        path = self.path / relative
        if not path.exists():
            raise DataError(f'{path} is missing; copy it from the official archive, or {self.again}.')
        return path

    def check_listed(self, listed: Collection[str], present: Collection[str], folder: Path, source: Path) -> None:
        """Compare the images that a list names with those that a folder holds.

        Raises:
            DataError: If some are missing: the dataset was copied by half.
        """
        missing = sorted(set(listed) - set(present))
        if missing:
            raise DataError(
                f'{folder} holds {len(set(listed)) - len(missing):,} of the {len(set(listed)):,} images that {source} '
                f'lists, {missing[0]} for example is missing; copy the rest, or {self.again}.'
            )

    def check_disjoint(self, first: Collection[str], second: Collection[str], names: tuple[str, str]) -> None:
        """Compare the images of two splits.

        Raises:
            DataError: If one is in both: a model would be tested on what it was trained on.
        """
        both = sorted(set(first) & set(second))
        if both:
            raise DataError(
                f'{self.path}: {len(both):,} images, {both[0]} for example, are in {names[0]} and in {names[1]}; '
                f'take both lists from the official archive, or {self.again}.'
            )

    def check_samples(self, paths: Iterable[Path]) -> None:
        """Decode 16 images spread evenly over the paths.

        Raises:
            DataError: If one cannot be read.
        """
        for path in evenly(list(paths)):
            check_image(path)

    def check_checksums(self) -> None:
        """Compare the official MD5 of each file in the folder, or beside it, that has one.

        Raises:
            DataError: If one differs.
        """
        for name, md5 in self.official.md5.items():
            for path in (self.path / name, self.root / name):
                if path.is_file() and not self.is_mini:
                    check_md5(path, md5)

    def facts(
        self, counts: Mapping[str, int], num_classes: int | None, hints: Mapping[str, str] | None = None
    ) -> DatasetFacts:
        """Compare the counts with the expected ones.

        Args:
            counts: Images of each split.
            num_classes: Classes that occur.
            hints: For a split, what it must hold, to be told when its count is wrong.

        Raises:
            DataError: If splits are exchanged, incomplete or too large, or classes are missing.
        """
        wrong = [split for split in counts if counts[split] != self.expected.get(split, counts[split])]
        for one, other in combinations(wrong, 2):
            if (counts[one], counts[other]) == (self.expected[other], self.expected[one]):
                raise DataError(
                    f'{self.path}: {one} and {other} are exchanged ({counts[one]:,} and {counts[other]:,} images where '
                    f'{self.expected[one]:,} and {self.expected[other]:,} belong); rename them, or {self.again}.'
                )
        for split in wrong:
            hint = f' ({hints[split]})' if hints and split in hints else ''
            amount = f'{counts[split]:,} of {self.expected[split]:,}'
            if counts[split] < self.expected[split]:
                raise DataError(
                    f'{self.path}: {split} holds {amount} images{hint}; the copy is incomplete: copy the rest, or '
                    f'{self.again}.'
                )
            raise DataError(
                f'{self.path}: {split} holds {counts[split]:,} images where {self.expected[split]:,} belong{hint}; '
                f'remove what is not of this split, or {self.again}.'
            )
        if None not in (num_classes, self.expected_classes) and num_classes != self.expected_classes:
            raise DataError(
                f'{self.path} has images of {num_classes} classes where {self.expected_classes} belong; copy the '
                f'missing ones, or {self.again}.'
            )
        return DatasetFacts(self.name, self.path, dict(counts), num_classes, self.is_mini)
