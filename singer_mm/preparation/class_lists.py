"""Class lists beside the images: one in directory order silently permutes the labels."""

from collections.abc import Mapping
from pathlib import Path

from singer_mm.errors import DataError

from .files import read_json, read_lines


def check_class_lists(folder: Path, labels: Mapping[str, int], rule: str) -> None:
    """Check the mappings from class folder to label that tools often leave in a dataset.

    These are ``classes.txt`` (the position of a line is the label), ``class_to_idx.json`` (``{folder: label}``) and the
    annotation files ``meta/*.txt`` of mmpretrain (``folder/image label``), if they exist.

    Args:
        folder: The dataset's folder.
        labels: The right label of each class folder.
        rule: How a label follows from a folder, for the error.

    Raises:
        DataError: If one of them has another label.
    """
    found: list[tuple[Path, str, int]] = []
    if (path := folder / 'classes.txt').exists():
        found += [(path, line, place) for place, line in enumerate(read_lines(path))]
    if (path := folder / 'class_to_idx.json').exists():
        found += [(path, name, label) for name, label in read_json(path).items()]
    for path in sorted((folder / 'meta').glob('*.txt')):
        for line in read_lines(path):
            image, _, number = line.rpartition(' ')
            # Without a folder, as in mmpretrain's own val.txt, the class is unknown.
            if '/' in image and number.isdigit():
                found.append((path, image.split('/')[-2], int(number)))
    for path, name, label in found:
        if labels.get(name) != label:
            right = f'its label is {labels[name]}' if name in labels else 'no such class exists'
            raise DataError(
                f'{path} gives class {name} the label {label}, but {right}; {rule}, never the order of the folders on '
                'disk: correct or delete this file.'
            )
