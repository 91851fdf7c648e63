"""Food-101: ``food-101/{images/<class>/*.jpg, meta/{classes,train,test}.txt}``."""

from singer_mm.datasets.image_listing import list_folders
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_stems, read_lines
from singer_mm.preparation.prepared_folder import PreparedFolder


def check_food101(folder: PreparedFolder) -> DatasetFacts:
    """Check Food-101, see :func:`check_dataset`."""
    images = folder.part('images')
    classes = set(read_lines(folder.part('meta/classes.txt')))
    folders = list_folders(images)
    present = [f'{name}/{stem}' for name in folders for stem in list_stems(images / name)]
    splits: dict[str, list[str]] = {}
    used: dict[str, set[str]] = {}
    for split in ('train', 'test'):
        path = folder.part(f'meta/{split}.txt')
        splits[split] = read_lines(path)
        used[split] = {name.partition('/')[0] for name in splits[split]}
        strangers = sorted(used[split] - classes)
        if strangers:
            raise folder.error(
                f'{path} names the class {strangers[0]!r}, which meta/classes.txt lacks; take all of meta/ from the '
                'official archive'
            )
        missing = sorted(used[split] - set(folders))
        if missing:
            raise folder.error(
                f'{images} lacks the folders of {len(missing)} classes that {path} lists, for example {missing[0]}; '
                'copy them'
            )
        folder.check_listed(splits[split], present, images, path)
    folder.check_disjoint(splits['train'], splits['test'], ('meta/train.txt', 'meta/test.txt'))
    facts = folder.facts(splits, len(used['train']))
    for names in splits.values():
        folder.check_samples(images / f'{name}.jpg' for name in names)
    return facts
