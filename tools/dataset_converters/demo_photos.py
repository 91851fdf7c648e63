"""Collect the real photographs inside the wheels of scikit-image and scikit-learn, without a download.

Both packages contain test images of many kinds. Only photographs of scenes and objects are taken, not textures,
drawings, microscopy, astronomy or scanned text. The result is a flat folder::

    data/demo_photos/
        SOURCES.md          # name, package, licence and author of each file
        astronaut.png  camera.png  chelsea.png  china.jpg  coffee.png  coins.png  flower.jpg
        motorcycle_left.png  motorcycle_right.png  rocket.jpg

``python tools/dataset_converters/demo_photos.py --out data/demo_photos``
"""

import argparse
import importlib.metadata
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.errors import DataError
from singer_mm.utils.command_line import errors_as_sentences

MANIFEST = 'SOURCES.md'


@dataclass(frozen=True)
class Photo:
    """One photograph: its distribution, package and path, and its origin according to the package."""

    distribution: str
    package: str
    path: str
    note: str

    @property
    def name(self) -> str:
        """File name in the collected folder."""
        return Path(self.path).name


_SKIMAGE, _SKLEARN = ('scikit-image', 'skimage'), ('scikit-learn', 'sklearn')
# The notes repeat the docstrings of `skimage.data` and the README.txt beside scikit-learn's images.
PHOTOS = (
    Photo(*_SKIMAGE, 'data/astronaut.png', 'Eileen Collins, by NASA; no known copyright restrictions, public domain'),
    Photo(*_SKIMAGE, 'data/camera.png', 'CC0 by the photographer (Lav Varshney)'),
    Photo(*_SKIMAGE, 'data/chelsea.png', 'CC0 by the photographer (Stefan van der Walt)'),
    Photo(*_SKLEARN, 'datasets/images/china.jpg', 'CC BY 2.0, danielbuechele on flickr.com, photo 6061409035'),
    Photo(*_SKIMAGE, 'data/coffee.png', 'CC0 by the photographer (Rachel Michetti), courtesy of Pikolo Espresso Bar'),
    Photo(*_SKIMAGE, 'data/coins.png', 'Greek coins from Pompeii, Brooklyn Museum; no known copyright restrictions'),
    Photo(*_SKLEARN, 'datasets/images/flower.jpg', 'CC BY 2.0, vultilion on flickr.com, photo 6056698931'),
    Photo(*_SKIMAGE, 'data/motorcycle_left.png', 'Middlebury 2014 stereo benchmark, by D. Scharstein and others'),
    Photo(
        *_SKIMAGE, 'data/motorcycle_right.png', 'the same scene, 193 mm to the right; Middlebury 2014 stereo benchmark'
    ),
    Photo(*_SKIMAGE, 'data/rocket.jpg', 'DSCOVR on Falcon 9, by SpaceX; released into the public domain'),
)


def locate(photo: Photo) -> Path:
    """Return the path of a photograph inside the installed package."""
    spec = importlib.util.find_spec(photo.package)  # does not import the package
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f'{photo.distribution} is not installed: run `pip install {photo.distribution}`.')
    path = Path(spec.submodule_search_locations[0], photo.path)
    if not path.is_file():
        raise DataError(
            f'{photo.distribution} {importlib.metadata.version(photo.distribution)} ships no {photo.path}: '
            'install the version that this repository pins.'
        )
    return path


def manifest(photos: tuple[Photo, ...]) -> str:
    """Return a Markdown table of all sources, with the package versions."""
    lines = ['# Sources of these photographs', '', '| file | package | licence and origin |', '|---|---|---|']
    for photo in photos:
        version = importlib.metadata.version(photo.distribution)
        lines.append(f'| {photo.name} | {photo.distribution} {version} | {photo.note} |')
    return '\n'.join(lines) + '\n'


def is_collected(out: Path) -> bool:
    """Return whether ``out`` holds the manifest and each photograph with the size of its original."""
    return (out / MANIFEST).is_file() and all(
        (out / photo.name).is_file() and (out / photo.name).stat().st_size == locate(photo).stat().st_size
        for photo in PHOTOS
    )


def collect(out: Path) -> None:
    """Copy all photographs to a folder beside ``out`` and rename it, so that ``out`` is either complete or absent."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise DataError(f'{out} exists and is not a complete collection: delete it or choose another --out.')
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f'.{out.name}.') as temporary:
        folder = Path(temporary, out.name)
        folder.mkdir()
        for photo in PHOTOS:
            shutil.copyfile(locate(photo), folder / photo.name)
        (folder / MANIFEST).write_text(manifest(PHOTOS))
        folder.replace(out)


def main() -> None:
    """Parse the command line and collect the photographs, unless the collection is complete."""
    parser = argparse.ArgumentParser(description='Collect the photographs inside scikit-image and scikit-learn.')
    parser.add_argument('--out', type=Path, required=True, help='folder to write')
    out = parser.parse_args().out
    with errors_as_sentences():
        if is_collected(out):
            print(f'[demo_photos] {out} already holds all {len(PHOTOS)} photographs, nothing to do')
            return
        collect(out)
    print(f'[demo_photos] {len(PHOTOS)} photographs in {out}, their sources in {out / MANIFEST}')


if __name__ == '__main__':
    main()
