"""A data set of one's own: ``train/`` and ``test/`` with a folder of images for each class."""

from dataclasses import dataclass
from pathlib import Path

from singer_mm.errors import DataError

from .image_listing import list_folders, list_images


@dataclass(frozen=True)
class LabelledSplit:
    """The images of one split.

    Attributes:
        paths: Files, sorted by class, then by name.
        labels: Index of the class of each file.
    """

    paths: list[str]
    labels: list[int]


@dataclass(frozen=True)
class LabelledFolder:
    """The two splits and their common classes.

    Attributes:
        classes: Names of the class folders, sorted.
    """

    classes: list[str]
    train: LabelledSplit
    test: LabelledSplit


def read_labelled_folder(folder: str | Path) -> LabelledFolder:
    """List the images of ``folder/train/CLASS/`` and ``folder/test/CLASS/`` without opening them.

    Raises:
        DataError: If a split is missing, the classes of the splits differ, there is only one class, or a class has no
            images.
    """
    folder = Path(folder)
    for split in ('train', 'test'):
        if not (folder / split).is_dir():
            raise DataError(f'{folder} has no folder {split}; it needs train/ and test/ with a folder for each class.')
    classes = list_folders(folder / 'train')
    others = sorted(set(classes) ^ set(list_folders(folder / 'test')))
    if others:
        raise DataError(
            f'the classes of {folder}/train and {folder}/test differ: {", ".join(others[:5])} exists in one of them '
            'only; give both the same folders.'
        )
    if len(classes) < 2:
        raise DataError(f'{folder}/train has {len(classes)} class folders; a classification needs at least two.')
    return LabelledFolder(classes, _read_split(folder / 'train', classes), _read_split(folder / 'test', classes))


def _read_split(folder: Path, classes: list[str]) -> LabelledSplit:
    paths, labels = [], []
    for label, name in enumerate(classes):
        images = list_images(folder / name)
        if not images:
            raise DataError(f'{folder / name} holds no image; add some, or remove the class from both splits.')
        paths += images
        labels += [label] * len(images)
    return LabelledSplit(paths, labels)
