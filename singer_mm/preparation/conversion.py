"""What all dataset converters share: find the downloads, unpack or link them, check the result, put it in place."""

from __future__ import annotations

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
from .official_dataset import OFFICIAL
from .prepared_folder import MINI

# Brings what lies in the first folder, the downloads, into the second one.
Arrange = Callable[[Path, Path], None]


@dataclass(frozen=True)
class Part:
    """One download and where it goes.

    Attributes:
        archive: File name of the download; a plain file if it has no suffix of an archive.
        inside: Folder or file in the archive that is taken.
        place: What it becomes, below the dataset's folder; empty for the dataset's folder itself.
    """

    archive: str
    inside: str
    place: str = ''


def arrange_parts(*parts: Part) -> Arrange:
    """Return what unpacks the archives, or links them where the source has them unpacked already."""

    def arrange(source: Path, target: Path) -> None:
        for part in parts:
            take_part(part, source, target / part.place)

    return arrange


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
        raise DataError(f'{source} lacks {part.archive}; download it there first.')
    raise DataError(f'{source} has neither {part.archive} nor {part.inside}, its content; download it there first.')


def prepare(name: str, source: Path, root: Path, arrange: Arrange) -> DatasetFacts:
    """Build a dataset under a temporary name, check it there, and rename it.

    An interrupted run leaves ``<root>/.<name>.preparing`` behind, and the next one goes on with it. Archives whose
    official MD5 is known are compared with it first. A source with a ``mini.json`` is a miniature, which is compared
    with its own counts and no checksums.

    Args:
        name: Key of ``OFFICIAL``.
        source: Folder of downloads.
        root: Data root.
        arrange: Brings the downloads into the dataset's layout.

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
                f'{final} exists and is left alone, but does not pass its check; move it away and run again: '
                f'{error.sentence}'
            ) from error
    if not source.is_dir():
        raise DataError(f'{source} is no folder; --source is where the downloads of {official.title} lie.')
    is_mini = (source / MINI).is_file()
    staging = root / f'.{name}.preparing'
    target = staging / official.folder
    try:
        for archive, md5 in official.md5.items():
            if (source / archive).is_file() and not is_mini:
                print(f'comparing the MD5 of {source / archive}', flush=True)
                check_md5(source / archive, md5)
        target.mkdir(parents=True, exist_ok=True)
        arrange(source, target)
        if is_mini:
            link_file(source / MINI, target / MINI)
        try:
            check_dataset(name, staging)
        except DataError as error:
            reason = error.sentence.replace(f'--root {staging}', f'--root {root}')
            raise DataError(
                f'what {source} holds gives no right {official.title}; '
                f'delete {staging} once the downloads are repaired: {reason}'
            ) from error
        (staging / official.top).rename(final)
        shutil.rmtree(staging)
    except OSError as error:
        raise DataError(
            f'{error.filename or staging} could not be read or written ({error.strerror}); {remedy(error)} '
            'and run again, what is done already is kept.'
        ) from error
    return check_dataset(name, root)


def convert(name: str, arrange: Arrange) -> None:
    """Run a converter's command line: ``--source DOWNLOADED --root data``, or ``--check --root data``."""
    title = OFFICIAL[name].title
    parser = argparse.ArgumentParser(description=f'Bring {title} into the layout that the configs read, and check it.')
    parser.add_argument('--source', type=Path, help='folder of the downloaded archives, or of what was in them')
    parser.add_argument('--root', type=Path, default=Path('data'), help='data root (default: data)')
    parser.add_argument('--check', action='store_true', help='change nothing, verify what is below --root')
    args = parser.parse_args()
    if args.source is None and not args.check:
        parser.error('give --source, the folder of the downloads, or --check to verify a prepared folder')
    try:
        if args.check:
            facts = check_dataset(name, args.root, checksums=True)
        else:
            facts = prepare(name, args.source, args.root, arrange)
    except DataError as error:
        sys.exit(f'error: {error.sentence}')
    print(f'right: {facts}')
