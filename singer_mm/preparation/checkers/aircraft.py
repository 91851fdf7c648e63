"""FGVC-Aircraft: ``fgvc-aircraft-2013b/data/{images/*.jpg, images_variant_*.txt, variants.txt}``."""

from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_stems, read_lines
from singer_mm.preparation.prepared_folder import PreparedFolder


def check_aircraft(folder: PreparedFolder) -> DatasetFacts:
    """Check FGVC-Aircraft at the level of variants, see :func:`check_dataset`."""
    images = folder.part('data/images')
    variants = set(read_lines(folder.part('data/variants.txt')))
    present = list_stems(images)
    splits: dict[str, dict[str, str]] = {}
    for split in ('train', 'val', 'trainval', 'test'):
        path = folder.part(f'data/images_variant_{split}.txt')
        # "1025794 707-320", a name may have spaces.
        splits[split] = dict((line.split(maxsplit=1) + [''])[:2] for line in read_lines(path))
        strangers = sorted(set(splits[split].values()) - variants)
        if strangers:
            raise folder.error(
                f'{path} names the class {strangers[0]!r}, which variants.txt lacks; take the official lists of '
                'variants, not of families or manufacturers'
            )
        folder.check_listed(splits[split], present, images, path)
    folder.check_disjoint(splits['trainval'], splits['test'], ('trainval', 'test'))
    facts = folder.facts(splits, len(set(splits['trainval'].values())))
    if set(splits['trainval']) != {*splits['train'], *splits['val']}:
        raise folder.error(
            f'{folder.path / "data/images_variant_trainval.txt"} does not hold exactly the images of train and val; '
            'take the lists from the official archive'
        )
    odd = set(splits['trainval'].values()) ^ set(splits['test'].values())
    if odd:
        raise folder.error(
            f'{folder.path / "data"}: class {min(odd)!r} is missing from trainval or test; take the official lists'
        )
    for split in ('trainval', 'test'):
        folder.check_samples(images / f'{name}.jpg' for name in splits[split])
    return facts
