"""NYUd-v2's frames: the training pairs that BTS synchronised, the 654 official test pairs, and the labelled set."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from singer_mm.datasets.image_listing import list_images
from singer_mm.errors import DataError

from .archives import link_file, unpack
from .files import read_lines, read_mat

LABELLED, SPLITS = 'nyu_depth_v2_labeled.mat', 'splits.mat'
# The names of BTS, and those of the archive for mmseg's own converter.
LISTS = {
    'train': ('nyudepthv2_train_files_with_gt.txt', 'nyu_train.txt'),
    'test': ('nyudepthv2_test_files_with_gt.txt', 'nyu_test.txt'),
}
FOLDERS = {
    'train': ('sync', 'nyu_depth_v2/sync', 'nyu', 'train', '.'),
    'test': ('official_splits/test', 'nyu_depth_v2/official_splits/test', 'nyu', 'test', '.'),
}


def arrange_nyud(source: Path, target: Path) -> None:
    """Arrange both splits in mmseg's layout, with the scene in each file's name.

    Args:
        source: Holds the frames of BTS (``sync/`` or ``sync.zip``) with their list, and for testing either
            ``official_splits/test/`` or ``nyu_depth_v2_labeled.mat`` with ``splits.mat``. With the latter two, the
            labelled set is written as well, with filled-in depth.
        target: The dataset's folder.

    Raises:
        DataError: If a part is missing or damaged.
    """
    places = [source]
    if (source / 'sync.zip').is_file() and not (source / 'sync').is_dir():
        unpack(source / 'sync.zip', '', target.parent / 'unpacked')
        places.append(target.parent / 'unpacked')
    link_pairs(target, 'train', places, listed_pairs(places, 'train'))
    listed = listed_pairs(places, 'test')
    frames = next((source / name for name in FOLDERS['test'][:2] if (source / name).is_dir()), None)
    if listed:
        link_pairs(target, 'test', places, listed)
    elif frames is not None:
        link_pairs(target, 'test', places, found_pairs(frames))
    elif (source / LABELLED).is_file():
        write_test_frames(source, target)
    else:
        raise DataError(
            f'{source} has no test frames: neither official_splits/test/ nor {LABELLED} with {SPLITS}; download one.'
        )
    if (source / LABELLED).is_file():
        write_labelled_set(source, target)


def listed_pairs(places: list[Path], split: str) -> list[tuple[str, str]]:
    """Return image and depth of each line of a split's list (``/scene/rgb_1.jpg /scene/sync_depth_1.png focal``).

    Raises:
        DataError: If the training list is missing, which selects about two thirds of all synchronised frames.
    """
    candidates = [place / name for place in places for name in (*LISTS[split], *(f'nyu/{n}' for n in LISTS[split]))]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        if split == 'train':
            raise DataError(
                f'{places[0]} lacks {LISTS["train"][0]}, the list of the 24,231 training pairs; copy it from the '
                'repository of BTS (train_test_inputs).'
            )
        return []
    pairs = []
    for line in read_lines(path):
        words = line.split()
        if len(words) < 2:
            raise DataError(f'{path} has the line {line!r} instead of an image and its depth; download it again.')
        pairs.append((words[0].lstrip('/'), words[1].lstrip('/')))
    return pairs


def found_pairs(folder: Path) -> list[tuple[str, str]]:
    """Return image and depth of all frames below a folder."""
    images = sorted(
        Path(path).relative_to(folder) for path in list_images(folder, ('.jpg',)) if Path(path).match('rgb_*.jpg')
    )
    return [(str(path), str(path.with_name(path.stem.replace('rgb_', 'sync_depth_') + '.png'))) for path in images]


def frame_name(image: str) -> str:
    """Return ``kitchen_0028b_00045`` for ``kitchen_0028b/rgb_00045.jpg``, the name that mmseg's converter gives."""
    path = Path(image)
    return '_'.join([*path.parts[:-1], path.stem.removeprefix('rgb_')])


def link_pairs(target: Path, split: str, places: list[Path], pairs: list[tuple[str, str]]) -> None:
    """Link the pairs of a split.

    Raises:
        DataError: If a frame is missing.
    """
    bases = [place / folder for place in places for folder in FOLDERS[split]]
    base = next((base for base in bases if pairs and (base / pairs[0][0]).is_file()), None)
    if base is None:
        first = pairs[0][0] if pairs else 'rgb_*.jpg'
        raise DataError(f'{places[0]} has no {first}, the first {split} frame, in {" or ".join(FOLDERS[split])}.')
    for image, depth in pairs:
        for name, place, suffix in ((image, 'images', '.jpg'), (depth, 'annotations', '.png')):
            if not (base / name).is_file():
                raise DataError(f'{base / name} is missing, but the {split} list names it; download all frames.')
            link_file(base / name, target / place / split / (frame_name(image) + suffix))


def write_test_frames(source: Path, target: Path) -> None:
    """Write the test frames like BTS: raw depth in millimetres, and images with a black instead of a white frame.

    The depth is ``rawDepths`` (0 where the sensor measured nothing), not the filled-in ``depths``. The frame is the
    part outside of rows 7 to 473 and columns 7 to 631.
    """
    for name, image, measured, _ in labelled_frames(source, 'testNdxs'):
        framed = np.zeros_like(image)
        framed[7:474, 7:632] = image[7:474, 7:632]
        # Truncated, not rounded, like BTS.
        write_pair(target, 'test', name, framed, (measured * 1000).astype(np.uint16))


def write_labelled_set(source: Path, target: Path) -> None:
    """Write the labelled set like the authors of SiNGER: unchanged images, filled-in depth in millimetres."""
    for split, key in (('train', 'trainNdxs'), ('test', 'testNdxs')):
        for name, image, _, filled in labelled_frames(source, key):
            write_pair(target, f'{split}_labelled', name, image, (filled * 1000).round().astype(np.uint16))


def write_pair(target: Path, split: str, name: str, image: np.ndarray, depth: np.ndarray) -> None:
    """Write an image and its depth in millimetres."""
    for folder, suffix, pixels in (('images', '.jpg', image), ('annotations', '.png', depth)):
        path = target / folder / split / (name + suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f'.{name}.part{suffix}')
        Image.fromarray(pixels).save(temporary, quality=95)
        temporary.replace(path)


def labelled_frames(source: Path, numbers_key: str) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield name, image and depth of the frames in a list of ``splits.mat``.

    The name is, for example, ``bathroom_00045``. The image is ``(480, 640, 3)`` uint8. The depth is ``(480, 640)`` in
    metres: first as measured, with 0 where the sensor measured nothing, then filled in.

    Raises:
        DataError: If the lists or h5py are missing. The file is MATLAB 7.3, which scipy does not read.
    """
    path = source / LABELLED
    if not (source / SPLITS).is_file():
        raise DataError(f'{source} lacks {SPLITS}, which names the 654 test frames; download it beside {LABELLED}.')
    (numbers,) = read_mat(source / SPLITS, (numbers_key,))
    try:
        h5py = import_module('h5py')
    except ImportError as error:
        raise DataError(
            f'{path} is a MATLAB 7.3 file, which needs h5py: run `{Path(sys.executable).name} -m pip install h5py`, or '
            'give official_splits/test/ of BTS instead.'
        ) from error
    with h5py.File(path, 'r') as file:
        scenes: Any = file['sceneTypes']
        for number in map(int, numbers):
            # MATLAB stores columns first: each array is transposed, and text is a column of character codes.
            scene = ''.join(chr(code) for code in np.asarray(file[scenes[0][number - 1]]).ravel())
            image, measured, filled = (np.asarray(file[key][number - 1]).T for key in ('images', 'rawDepths', 'depths'))
            yield f'{scene}_{number - 1:05d}', image, measured, filled
