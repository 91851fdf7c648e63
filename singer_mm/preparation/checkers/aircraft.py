"""FGVC-Aircraft: ``fgvc-aircraft-2013b/data/{images/*.jpg, images_variant_*.txt, variants.txt}``."""

from __future__ import annotations

from singer_mm.errors import DataError
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images, read_lines
from singer_mm.preparation.prepared_folder import PreparedFolder


def check_aircraft(folder: PreparedFolder) -> DatasetFacts:
    """Check FGVC-Aircraft at the level of variants, see :func:`check_dataset`."""
    images = folder.part('data/images')
    variants = set(read_lines(folder.part('data/variants.txt')))
    present = [name[:-4] for name in list_images(images, ('.jpg',))]
    splits: dict[str, dict[str, str]] = {}
    for split in ('train', 'val', 'trainval', 'test'):
        path = folder.part(f'data/images_variant_{split}.txt')
        # "1025794 707-320", a name may have spaces.
        splits[split] = dict((line.split(maxsplit=1) + [''])[:2] for line in read_lines(path))
        strangers = sorted(set(splits[split].values()) - variants)
        if strangers:
            raise DataError(
                f'{path} names the class {strangers[0]!r} that variants.txt lacks; take the lists of variants, not of '
                f'families or manufacturers, from the official archive, or {folder.again}.'
            )
        folder.check_listed(splits[split], present, images, path)
    folder.check_disjoint(splits['trainval'], splits['test'], ('trainval', 'test'))
    facts = folder.facts({split: len(splits[split]) for split in splits}, len(set(splits['trainval'].values())))
    if set(splits['trainval']) != {*splits['train'], *splits['val']}:
        raise DataError(
            f'{folder.path / "data/images_variant_trainval.txt"} does not hold the images of train and val; take the '
            f'lists from the official archive, or {folder.again}.'
        )
    if set(splits['trainval'].values()) != set(splits['test'].values()):
        odd = min(set(splits['trainval'].values()) ^ set(splits['test'].values()))
        raise DataError(f'{folder.path / "data"}: class {odd!r} is missing from trainval or test; {folder.again}.')
    for split in ('trainval', 'test'):
        folder.check_samples(images / f'{name}.jpg' for name in splits[split])
    return facts
