"""Oxford-IIIT Pets: ``Oxford-IIIT_Pets/{images/*.jpg, annotations/{trainval,test}.txt}``."""

from pathlib import Path

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_stems, read_lines
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 37


def read_split(folder: PreparedFolder, path: Path) -> dict[str, int]:
    """Return the class id, 1 to 37, of each image of a list (``Abyssinian_100 1 1 1``).

    Raises:
        DataError: If a line has another format or an id is out of range.
    """
    labels: dict[str, int] = {}
    for line in read_lines(path):
        if line.startswith('#'):
            continue
        words = line.split()
        if len(words) != 4 or not words[1].isdigit():
            raise folder.error(
                f'{path} has the line {line!r} instead of `image class species breed`; copy the file again'
            )
        labels[words[0]] = int(words[1])
        if not 1 <= labels[words[0]] <= NUM_CLASSES:
            raise folder.error(
                f'{path} has the class id {words[1]}; ids must be 1 to {NUM_CLASSES}, since the loader subtracts 1: '
                'take the official list'
            )
    return labels


def check_pets(folder: PreparedFolder) -> DatasetFacts:
    """Check Oxford-IIIT Pets, see :func:`check_dataset`."""
    images = folder.part('images')
    present = list_stems(images)
    splits: dict[str, dict[str, int]] = {}
    breeds: dict[str, int] = {}
    for split in ('trainval', 'test'):
        path = folder.part(f'annotations/{split}.txt')
        splits[split] = read_split(folder, path)
        folder.check_listed(splits[split], present, images, path)
        for name, label in splits[split].items():
            known = breeds.setdefault(name.rpartition('_')[0], label)
            if known != label:
                raise folder.error(
                    f'{path} gives {name} the class id {label}, but other images of its breed have {known}; take the '
                    'official lists'
                )
    # Official ids follow the alphabet and ignore case; a directory listing puts capitals first.
    ordered = sorted(breeds, key=str.lower)
    for first, second in zip(ordered, ordered[1:], strict=False):
        if breeds[first] >= breeds[second]:
            raise folder.error(
                f'{folder.path / "annotations"}: {first} has class id {breeds[first]} and {second} {breeds[second]}; '
                'ids follow the alphabet and ignore case, unlike a directory listing: take the official lists'
            )
    folder.check_disjoint(splits['trainval'], splits['test'], ('trainval', 'test'))
    facts = folder.facts(splits, len(set(splits['trainval'].values())))
    for labels in splits.values():
        folder.check_samples(images / f'{name}.jpg' for name in labels)
    return facts
