"""Food-101: ``food-101/{images/<class>/*.jpg, meta/{classes,train,test}.txt}``."""

from __future__ import annotations

from singer_mm.datasets.image_listing import list_folders
from singer_mm.errors import DataError
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.files import list_images, read_lines
from singer_mm.preparation.prepared_folder import PreparedFolder


def check_food101(folder: PreparedFolder) -> DatasetFacts:
    """Check Food-101, see :func:`check_dataset`."""
    images = folder.part('images')
    classes = set(read_lines(folder.part('meta/classes.txt')))
    folders = list_folders(images)
    present = [f'{name}/{image[:-4]}' for name in folders for image in list_images(images / name, ('.jpg',))]
    splits: dict[str, list[str]] = {}
    for split in ('train', 'test'):
        path = folder.part(f'meta/{split}.txt')
        splits[split] = read_lines(path)
        strangers = sorted({name.partition('/')[0] for name in splits[split]} - classes)
        if strangers:
            raise DataError(
                f'{path} names the class {strangers[0]!r} that meta/classes.txt lacks; take all of meta/ from the '
                f'official archive, or {folder.again}.'
            )
        missing = sorted({name.partition('/')[0] for name in splits[split]} - set(folders))
        if missing:
            raise DataError(
                f'{images} lacks the folders of {len(missing)} classes that {path} lists, {missing[0]} for example; '
                f'copy them, or {folder.again}.'
            )
        folder.check_listed(splits[split], present, images, path)
    folder.check_disjoint(splits['train'], splits['test'], ('meta/train.txt', 'meta/test.txt'))
    facts = folder.facts(
        {split: len(names) for split, names in splits.items()},
        len({name.partition('/')[0] for name in splits['train']}),
    )
    for names in splits.values():
        folder.check_samples(images / f'{name}.jpg' for name in names)
    return facts
