"""What all dataset converters share: find the downloads, unpack or link them, check the result, put it in place."""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from singer_mm.errors import DataError
from singer_mm.utils.disk_errors import remedy

from .archives import ARCHIVE_SUFFIXES, link_file, link_tree, unpack
from .check import check_dataset
from .dataset_facts import DatasetFacts
from .files import check_md5
from .imagenet_archives import arrange_imagenet
from .nyud_frames import arrange_nyud
from .official_dataset import OFFICIAL
from .prepared_folder import MINI


@dataclass(frozen=True)
class Part:
    """One download and where it goes.

    Attributes:
        archive: File name of the download; a plain file if its suffix is not that of an archive.
        inside: Folder or file in the archive that is taken.
        place: Its new path below the dataset's folder; empty for the dataset's folder itself.
    """

    archive: str
    inside: str
    place: str = ''


# The datasets that are only unpacked.
PARTS = {
    'imagenet_r': (Part('imagenet-r.tar', 'imagenet-r'),),
    'imagenet_v2': (Part('imagenetv2-matched-frequency.tar.gz', 'imagenetv2-matched-frequency-format-val'),),
    'ade20k': (Part('ADEChallengeData2016.zip', 'ADEChallengeData2016'),),
    'inat2019': (
        Part('train_val2019.tar.gz', 'train_val2019', 'train_val2019'),
        Part('train2019.json.tar.gz', 'train2019.json', 'train2019.json'),
        Part('val2019.json.tar.gz', 'val2019.json', 'val2019.json'),
    ),
    'aircraft': (Part('fgvc-aircraft-2013b.tar.gz', 'fgvc-aircraft-2013b'),),
    'pets': (
        Part('images.tar.gz', 'images', 'images'),
        Part('annotations.tar.gz', 'annotations', 'annotations'),
    ),
    'food101': (Part('food-101.tar.gz', 'food-101'),),
    'flowers102': (
        Part('102flowers.tgz', 'jpg', 'jpg'),
        Part('imagelabels.mat', 'imagelabels.mat', 'imagelabels.mat'),
        Part('setid.mat', 'setid.mat', 'setid.mat'),
    ),
    'coco': (
        Part('annotations_trainval2017.zip', 'annotations', 'annotations'),
        Part('train2017.zip', 'train2017', 'train2017'),
        Part('val2017.zip', 'val2017', 'val2017'),
    ),
}
# The others: each function brings the downloads of the first folder into the second one.
ARRANGE: dict[str, Callable[[Path, Path], None]] = {'imagenet': arrange_imagenet, 'nyud': arrange_nyud}


def take_part(part: Part, source: Path, target: Path) -> None:
    """Unpack or link one part.

    Raises:
        DataError: If the source has neither the archive nor its content.
    """
    archive = source / part.archive
    if archive.is_file() and part.archive.endswith(ARCHIVE_SUFFIXES):
        print(f'unpacking {archive}', flush=True)
        unpack(archive, part.inside, target)
        return
    for unpacked in (source / part.inside, source if source.name == part.inside else None):
        if unpacked is not None and unpacked.exists():
            print(f'linking {unpacked}', flush=True)
            link_tree(unpacked, target)
            return
    if part.archive == part.inside:
        raise DataError(f'{source} lacks {part.archive}; download it to this folder.')
    raise DataError(
        f'{source} has neither {part.archive} nor its content {part.inside}; download the archive to this folder.'
    )


def prepare(name: str, source: Path, root: Path) -> DatasetFacts:
    """Build a dataset under a temporary name, check it there, and rename it.

    An interrupted run leaves ``<root>/.<name>.preparing`` behind, and the next run continues there. Archives with a
    known official MD5 are compared with it first. A source with a ``mini.json`` is a miniature: its own counts apply,
    and no checksums.

    Args:
        name: Key of ``OFFICIAL``.
        source: Folder of downloads.
        root: Data root.

    Raises:
        DataError: If a download is missing or damaged, the result does not pass its check, or the disk is full.
    """
    official = OFFICIAL[name]
    final = root / official.top
    if final.exists():
        try:
            return check_dataset(name, root)
        except DataError as error:
            raise DataError(
                f'{final} exists and is left unchanged, but does not pass its check; move it away and run again: '
                f'{error.sentence}'
            ) from error
    if not source.is_dir():
        raise DataError(f'{source} is no folder; --source must name the folder of the downloads of {official.title}.')
    is_mini = (source / MINI).is_file()
    staging = root / f'.{name}.preparing'
    target = staging / official.folder
    try:
        for archive, md5 in official.md5.items():
            if (source / archive).is_file() and not is_mini:
                print(f'comparing the MD5 of {source / archive}', flush=True)
                check_md5(source / archive, md5)
        target.mkdir(parents=True, exist_ok=True)
        if name in ARRANGE:
            ARRANGE[name](source, target)
        for part in PARTS.get(name, ()):
            take_part(part, source, target / part.place)
        if is_mini:
            link_file(source / MINI, target / MINI)
        try:
            check_dataset(name, staging)
        except DataError as error:
            reason = error.sentence.replace(f'--root {staging}', f'--root {root}')
            raise DataError(
                f'the downloads in {source} do not give a correct {official.title}; repair them and delete {staging}: '
                f'{reason}'
            ) from error
        (staging / official.top).rename(final)
        shutil.rmtree(staging)
    except OSError as error:
        raise DataError(
            f'{error.filename or staging} could not be read or written ({error.strerror}); {remedy(error)} '
            'and run again, which continues from here.'
        ) from error
    return check_dataset(name, root)


def convert(name: str) -> None:
    """Run a converter's command line: ``--source DOWNLOADED --root data``, or ``--check --root data``."""
    title = OFFICIAL[name].title
    parser = argparse.ArgumentParser(description=f'Bring {title} into the layout that the configs read, and check it.')
    parser.add_argument('--source', type=Path, help='folder of the downloaded archives, or of their unpacked content')
    parser.add_argument('--root', type=Path, default=Path('data'), help='data root (default: data)')
    parser.add_argument('--check', action='store_true', help='change nothing, verify the dataset below --root')
    args = parser.parse_args()
    if args.source is None and not args.check:
        parser.error('give --source, the folder of the downloads, or --check to verify a prepared folder')
    try:
        if args.check:
            facts = check_dataset(name, args.root, checksums=True)
        else:
            facts = prepare(name, args.source, args.root)
    except DataError as error:
        sys.exit(f'error: {error.sentence}')
    print(f'right: {facts}')
