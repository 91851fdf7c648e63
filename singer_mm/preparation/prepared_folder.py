"""A dataset's folder below the data root, with the expected counts."""

from collections.abc import Collection, Iterable, Mapping, Sized
from itertools import combinations
from pathlib import Path

from singer_mm.datasets.image_listing import list_folders
from singer_mm.errors import DataError

from .dataset_facts import DatasetFacts
from .files import check_image, check_md5, evenly, list_images, read_json
from .official_dataset import OFFICIAL

MINI = 'mini.json'
# A mini.json may name a split like the folders or files of its dataset.
SPLIT_NAMES = {'training': 'train', 'validation': 'val', 'trnid': 'train', 'valid': 'val', 'tstid': 'test'}


class PreparedFolder:
    """A dataset's folder, its expected counts, and the checks that several checkers share.

    Without a ``mini.json`` the official counts are expected. With one (``{"counts": {"train": 200, ..., "classes":
    10}}``), its counts are expected instead. A miniature may record more or fewer counts than the checker compares:
    missing counts are not compared, and unknown keys are ignored.

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
        self.converter = f'python tools/dataset_converters/{name}.py --source DOWNLOADED --root {self.root}'
        if not self.path.is_dir():
            state = 'is no folder' if self.path.exists() else 'does not exist'
            raise DataError(
                f'{self.path}, the folder of {self.official.title}, {state}; prepare it with `{self.converter}`, or '
                'draw a miniature with `python tools/make_mini_suite.py`.'
            )
        # For `ade/ADEChallengeData2016`, the file may be in either folder.
        candidates = (self.path / MINI, self.root / self.official.top / MINI)
        mini = next((path for path in candidates if path.exists()), None)
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

    def error(self, sentence: str) -> DataError:
        """Return an error with this sentence and the second remedy to prepare the folder again."""
        again = 'run tools/make_mini_suite.py again' if self.is_mini else f'run `{self.converter}`'
        return DataError(f'{sentence}, or {again}.')

    def part(self, relative: str) -> Path:
        """Return a folder or file that must exist.

        Raises:
            DataError: If it does not exist.
        """
        path = self.path / relative
        if not path.exists():
            raise self.error(f'{path} is missing; copy it from the official archive')
        return path

    def class_folders(self, path: Path, allowed: Collection[str], what: str) -> dict[str, list[str]]:
        """Return the image names of each class folder.

        Args:
            path: Folder of class folders.
            allowed: The folder names that may occur, and in the official dataset must occur.
            what: Description of ``allowed`` in an error.

        Raises:
            DataError: If there are other folders, or classes without images.
        """
        names = list_folders(path)
        strangers = [name for name in names if name not in allowed]
        if strangers:
            raise self.error(
                f'{path / strangers[0]} is not one of {what}; remove or rename it ({len(strangers):,} such folders)'
            )
        images = {name: list_images(path / name) for name in names}
        required = names if self.is_mini else allowed
        missing = [name for name in required if not images.get(name)]
        if missing:
            raise self.error(
                f'{path} lacks the images of {len(missing):,} of {len(required):,} classes, for example {missing[0]}; '
                'copy them'
            )
        return images

    def check_listed(self, listed: Collection[str], present: Collection[str], folder: Path, source: Path) -> None:
        """Compare the images that a list names with those in a folder.

        Raises:
            DataError: If some are missing, because the copy of the dataset is incomplete.
        """
        missing = sorted(set(listed) - set(present))
        if missing:
            raise self.error(
                f'{folder} holds {len(set(listed)) - len(missing):,} of the {len(set(listed)):,} images that {source} '
                f'lists; {missing[0]}, for example, is missing: copy the rest'
            )

    def check_disjoint(self, first: Collection[str], second: Collection[str], names: tuple[str, str]) -> None:
        """Compare the images of two splits.

        Raises:
            DataError: If an image is in both, because a model would be tested on its training data.
        """
        both = sorted(set(first) & set(second))
        if both:
            raise self.error(
                f'{self.path}: {len(both):,} images, for example {both[0]}, are both in {names[0]} and in {names[1]}; '
                'take both lists from the official archive'
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
        self, splits: Mapping[str, Sized], num_classes: int | None, hints: Mapping[str, str] | None = None
    ) -> DatasetFacts:
        """Compare the counts with the expected ones.

        Args:
            splits: The images of each split.
            num_classes: Number of classes that occur.
            hints: The right content of a split, which an error about its count states.

        Raises:
            DataError: If splits are exchanged, incomplete or too large, or classes are missing.
        """
        counts = {split: len(images) for split, images in splits.items()}
        wrong = [split for split in counts if counts[split] != self.expected.get(split, counts[split])]
        for one, other in combinations(wrong, 2):
            if (counts[one], counts[other]) == (self.expected[other], self.expected[one]):
                raise self.error(
                    f'{self.path}: {one} and {other} are exchanged ({counts[one]:,} and {counts[other]:,} images '
                    f'instead of {self.expected[one]:,} and {self.expected[other]:,}); rename them'
                )
        for split in wrong:
            hint = f' ({hints[split]})' if hints and split in hints else ''
            is_short = counts[split] < self.expected[split]
            remedy = 'the copy is incomplete: copy the rest' if is_short else 'remove images of other splits'
            raise self.error(
                f'{self.path}: {split} holds {counts[split]:,} images instead of {self.expected[split]:,}{hint}; '
                f'{remedy}'
            )
        if None not in (num_classes, self.expected_classes) and num_classes != self.expected_classes:
            raise self.error(
                f'{self.path} has images of {num_classes} classes instead of {self.expected_classes}; copy the missing '
                'ones'
            )
        return DatasetFacts(self.name, self.path, counts, num_classes, self.is_mini)
