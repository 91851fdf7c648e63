"""ImageNet-1K's archives: nested tars for training, and flat validation images with labels in the devkit."""

import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import IO

from singer_mm.datasets.image_listing import list_folders
from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.errors import DataError

from .archives import below, damage_named, link_file, link_tree, members, write_file
from .files import list_images

TRAIN, VAL, DEVKIT = 'ILSVRC2012_img_train.tar', 'ILSVRC2012_img_val.tar', 'ILSVRC2012_devkit_t12.tar.gz'
META, TRUTH = 'data/meta.mat', 'data/ILSVRC2012_validation_ground_truth.txt'


def arrange_imagenet(source: Path, target: Path) -> None:
    """Arrange ``train`` and ``val`` in folders named by wnid.

    Args:
        source: Holds the three official archives, or unpacked ``train/<wnid>/*.JPEG`` and ``val`` (flat or by wnid).
        target: The dataset's folder.

    Raises:
        DataError: If a part is missing or damaged.
    """
    if (source / TRAIN).is_file():
        for path, _, stream in members(source / TRAIN):
            for image, size, content in members(stream, label=f'{path} in {source / TRAIN}'):
                write_file(content, size, target / 'train' / path.stem / image.name, source / TRAIN)
    elif (source / 'train').is_dir():
        link_tree(source / 'train', target / 'train')
    else:
        raise DataError(f'{source} has neither {TRAIN} nor a folder train; download it to this folder.')
    if (source / VAL).is_file():
        wnids = validation_wnids(source)
        for image, size, content in members(source / VAL):
            write_file(content, size, target / 'val' / wnid_of(image.name, wnids) / image.name, source / VAL)
    elif (source / 'val').is_dir() and list_folders(source / 'val'):
        link_tree(source / 'val', target / 'val')
    elif (source / 'val').is_dir():
        wnids = validation_wnids(source)
        for name in list_images(source / 'val', ('.jpeg',)):
            if name.endswith('.JPEG'):
                link_file(source / 'val' / name, target / 'val' / wnid_of(name, wnids) / name)
    else:
        raise DataError(f'{source} has neither {VAL} nor a folder val; download it to this folder.')


def wnid_of(name: str, wnids: list[str]) -> str:
    """Return the wnid of a validation image, ``ILSVRC2012_val_<number from 1>.JPEG``."""
    number = re.fullmatch(r'ILSVRC2012_val_(\d{8})\.JPEG', name)
    if number is None or not 1 <= int(number[1]) <= len(wnids):
        raise DataError(f'{name} is not one of the {len(wnids):,} validation images; take the official {VAL}.')
    return wnids[int(number[1]) - 1]


def validation_wnids(source: Path) -> list[str]:
    """Return the wnid of each validation image from the devkit, packed or unpacked.

    Its ground truth holds ``ILSVRC2012_ID`` values, which are not labels: ``meta.mat`` maps an id to its wnid, and the
    labels follow the order of the sorted wnids.

    Raises:
        DataError: If the devkit is missing or damaged.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    files = devkit_files(source)
    try:
        synsets = loadmat(files[META], squeeze_me=True)['synsets']
        wnids = {int(number): str(wnid) for number, wnid in zip(synsets['ILSVRC2012_ID'], synsets['WNID'], strict=True)}
        truth = [wnids[int(line)] for line in files[TRUTH].read().split()]
    except (MatReadError, LookupError, ValueError, TypeError, zlib.error) as error:
        raise DataError(f'the devkit in {source} is damaged ({error!r}); download {DEVKIT} again.') from error
    strangers = sorted(set(truth) - set(imagenet_wnids()))
    if strangers:
        raise DataError(f'the devkit in {source} names {strangers[0]}, not a class of ImageNet-1K; take that of 2012.')
    return truth


def devkit_files(source: Path) -> dict[str, IO[bytes]]:
    """Return the two files of the devkit that give the labels."""
    folder = source / 'ILSVRC2012_devkit_t12'
    found: dict[str, IO[bytes]] = {}
    if (source / DEVKIT).is_file():
        for path, _, stream in members(source / DEVKIT):
            with damage_named(source / DEVKIT, f'damaged at {path.name}'):
                found |= {name: BytesIO(stream.read()) for name in (META, TRUTH) if below(path, name) is not None}
    elif folder.is_dir():
        found = {name: BytesIO((folder / name).read_bytes()) for name in (META, TRUTH) if (folder / name).is_file()}
    if len(found) < 2:
        raise DataError(f'{source} lacks {DEVKIT} with the labels of the validation set; download it to this folder.')
    return found
