"""Folders of images: what else lies in them, links, what may not be read, what is no folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from faults.fault_case import FaultCase
from faults.kinds.images import encoded, picture
from test_preparation.tiny_datasets import WNIDS

from singer_mm.datasets.unlabelled_images import UnlabelledImages

NUMBER = 6
Change = Callable[[Path], object]


def images(folder: Path) -> None:
    """Write six images into three class folders."""
    for number in range(NUMBER):
        write(folder / WNIDS[number % 3] / f'{number}.png')


def write(path: Path) -> Path:
    """Write one image, and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(picture(), 'PNG'))
    return path


def link(path: Path, target: str | Path) -> None:
    """Make a link and the folder it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


HARMLESS: dict[str, Change] = {
    # What a user would not call an image of the folder, or a second name of one that is there.
    "macOS's companions": lambda root: [(root / WNIDS[0] / f'._{n}.png').write_bytes(b'\0\5\x16\7') for n in range(3)],
    'a hidden image': lambda root: write(root / '.hidden.png'),
    '.ipynb_checkpoints': lambda root: write(root / WNIDS[0] / '.ipynb_checkpoints' / '0.png'),
    '.trash': lambda root: write(root / '.trash' / 'a' / 'b.png'),
    '.thumbnails': lambda root: write(root / '.thumbnails' / 'b.png'),
    '.git': lambda root: write(root / '.git' / 'b.png'),
    'Thumbs.db': lambda root: (root / WNIDS[0] / 'Thumbs.db').write_bytes(b'x'),
    'desktop.ini': lambda root: (root / 'desktop.ini').write_text('[x]'),
    'README': lambda root: (root / 'README.txt').write_text('about'),
    'a list': lambda root: (root / WNIDS[0] / 'files.csv').write_text('0.png,1'),
    'a half download': lambda root: (root / WNIDS[0] / '0.png.part').write_bytes(b'x'),
    'a backup': lambda root: (root / WNIDS[0] / '0.png~').write_bytes(b'x'),
    'a FIFO': lambda root: os.mkfifo(root / WNIDS[0] / 'pipe.png'),
    'a device': lambda root: link(root / WNIDS[0] / 'zero.png', '/dev/zero'),
    'a folder named as an image': lambda root: (root / WNIDS[0] / 'folder.png').mkdir(),
    'a link to the folder above': lambda root: link(root / WNIDS[0] / 'up', '..'),
    'a link to itself': lambda root: link(root / WNIDS[0] / 'loop', 'loop'),
    'links in a circle': lambda root: (link(root / 'a' / 'b', '../c'), link(root / 'c' / 'd', '../a')),
    'a link to the root': lambda root: link(root / 'all', '/'),
    'a second link to a class': lambda root: link(root / 'again', WNIDS[0]),
    'a link to an image': lambda root: link(root / WNIDS[1] / 'again.png', f'../{WNIDS[0]}/0.png'),
    'a link to a link': lambda root: (link(root / 'b.png', 'c.png'), link(root / 'c.png', f'{WNIDS[0]}/0.png')),
    '40 links in a chain': lambda root: [
        link(root / f'{n:02d}', f'{n + 1:02d}' if n < 39 else WNIDS[0]) for n in range(40)
    ],
    'a pair of crossed links': lambda root: (link(root / 'x' / 'y', '../../' + root.name), link(root / 'z', 'x')),
}
ADDED: dict[str, tuple[Change, int]] = {
    # Images that count, with their number.
    'capital letters': (lambda root: write(root / WNIDS[0] / 'A.PNG'), 1),
    'a deep folder': (lambda root: write(root / 'a/b/c/d/e/f/g/h/x.png'), 1),
    'a strange name': (lambda root: write(root / 'naïve 图\n$x$' / ' a.png'), 1),
    'a hard link': (lambda root: os.link(root / WNIDS[0] / '0.png', root / 'copy.png'), 1),
    'a link to elsewhere': (lambda root: link(root / 'far', write(root.parent / 'far' / 'x.png').parent), 1),
    'a link to an image elsewhere': (lambda root: link(root / 'far.png', write(root.parent / 'far' / 'x.png')), 1),
    'a link to a hidden image': (lambda root: link(root / 'shown.png', write(root / '.store' / 'x.png')), 1),
    'a link to a hidden folder': (lambda root: link(root / 'shown', write(root / '.store' / 'x.png').parent), 1),
}


def names(root: Path, subset: str = '') -> list[str]:
    """Return what a distillation would read."""
    return [entry['img_path'] for entry in UnlabelledImages(str(root / subset)).load_data_list()]


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    for name, change in HARMLESS.items():
        yield counted(name, change, NUMBER)
    for name, (change, number) in ADDED.items():
        yield counted(name, change, NUMBER + number)
    yield from refused()
    yield from unreadable_images()


def counted(name: str, change: Change, number: int) -> FaultCase:
    """Return the case of a folder of images in which something was changed."""

    def read(folder: Path) -> list[str]:
        images(folder / 'photos')
        change(folder / 'photos')
        return names(folder / 'photos')

    def right(found: list[str]) -> bool:
        return len(found) == number and found == sorted(set(found)) and all(map(os.path.isfile, found))

    return FaultCase(name, read, right, refusable=False)


def refused() -> Iterator[FaultCase]:
    """What holds no image that could be read."""

    def at(name: str, make: Change) -> FaultCase:
        def read(folder: Path) -> list[str]:
            make(folder / 'photos')
            return names(folder, 'photos')

        return FaultCase(name, read, None, ('photos',))

    yield at('missing', lambda root: None)
    yield at('empty', lambda root: root.mkdir())
    yield at('a file in its place', write)
    yield at('a FIFO in its place', os.mkfifo)
    yield at('a device in its place', lambda root: link(root, '/dev/zero'))
    yield at('a link that leads nowhere', lambda root: link(root, 'gone'))
    yield at('a link to itself in its place', lambda root: link(root, 'photos'))
    yield at('empty folders', lambda root: [(root / name).mkdir(parents=True) for name in WNIDS])
    yield at('hidden images alone', lambda root: write(root / '.a' / 'x.png'))
    yield at('no image among the files', lambda root: (write(root / 'x.heic'), write(root / 'y.txt')))
    yield at('a list of names', lambda root: (root.mkdir(), (root / 'train.txt').write_text('a.png 0')))
    yield at('a name of 5,000 letters', lambda root: link(root, 'x' * 4000))
    if os.geteuid() != 0:
        yield at('not readable', lambda root: (images(root), (root / WNIDS[0]).chmod(0)))


def unreadable_images() -> Iterator[FaultCase]:
    """Images that cannot be read: another one takes the place of a few, many end the reading."""

    def sample(folder: Path, broken: int) -> list[str]:
        images(folder)
        paths = names(folder)
        for path in paths[:broken]:
            Path(path).write_bytes(b'')
        pipeline = [dict(type='singer_mm.LoadRGBImage')]
        result = UnlabelledImages(str(folder), pipeline=pipeline)[0, 5]
        assert result['img'].size == picture().size
        return [str(reason) for reason in result['skipped_images']]

    yield FaultCase('no image is broken', lambda folder: sample(folder / 'photos', 0), lambda skipped: skipped == [])
    yield FaultCase(
        'one image is broken',
        lambda folder: sample(folder / 'photos', 1),
        lambda skipped: len(skipped) >= 1 and all('0.png' in reason for reason in skipped),
        refusable=False,
    )
    yield FaultCase('all images are broken', lambda folder: sample(folder / 'photos', NUMBER), None, ('photos', '.png'))
