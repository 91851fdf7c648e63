"""Annotation files: of boxes, masks, depth, classes and lists of names."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from faults.fault_case import FaultCase
from PIL import Image
from scipy.io import savemat
from test_preparation.tiny_datasets import COUNTS, depth, edit_json, make, png, swap

from singer_mm.preparation import check_dataset
from singer_mm.preparation.dataset_facts import DatasetFacts

Change = Callable[[Path], Any]


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    for name, counts in COUNTS.items():
        yield changed(name, 'as it should be', lambda folder: None, lambda facts, c=counts: facts.counts == c)
    yield from boxes()
    yield from masks()
    yield from depths()
    yield from lists()
    yield from folders()


def changed(
    dataset: str, label: str, change: Change, right: Callable[[DatasetFacts], bool] | None = None, named: str = ''
) -> FaultCase:
    """Return the case of a right dataset in which something was changed, as the checker sees it."""

    def read(folder: Path) -> DatasetFacts:
        change(make(dataset, folder))
        return check_dataset(dataset, folder)

    return FaultCase(f'{dataset}: {label}', read, right, (named,), refusable=right is None)


TRAIN = 'annotations/instances_train2017.json'


def boxes() -> Iterator[FaultCase]:
    """COCO's json."""

    def content(label: str, edit: Callable[[dict[str, Any]], Any]) -> FaultCase:
        return changed('coco', label, lambda folder: edit_json(folder / TRAIN, edit), named='instances_train2017.json')

    def annotation(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
        return lambda whole: whole['annotations'][4].update({key: value})

    for key in ('id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'segmentation'):
        yield content(f'an annotation without {key}', lambda whole, key=key: whole['annotations'][4].pop(key))
        for value in (None, 'x', math.nan, [[]], {'a': 1}):
            yield content(f'{key} of an annotation is {value!r}', annotation(key, value))
    for value in (
        [1, 1, 4], [1, 1, 4, 3, 0.9], [1, 1, -4, 3], [1, 1, 400, 3], [0.1, 0.1, 0.5, 0.5], ['1', '1', '4', '3'],
        [math.inf, 1, 4, 3], [-50, 1, 4, 3], [5, 4, 7, 9], [None, 1, 4, 3], [True, 1, 4, [3]],
    ):  # fmt: skip
        yield content(f'a box of {value}', annotation('bbox', value))
    for key, value in (('area', -5), ('area', 10**9), ('iscrowd', 7), ('category_id', 2), ('image_id', 999)):
        yield content(f'{key} of an annotation is {value}', annotation(key, value))
    for key in ('images', 'annotations', 'categories'):
        yield content(f'without {key}', lambda whole, key=key: whole.pop(key))
        for value in (None, [], {}, 'x', [3], [None]):
            yield content(f'{key} is {value!r}', lambda whole, key=key, value=value: whole.update({key: value}))
    for key in ('id', 'file_name', 'width', 'height'):
        yield content(f'an image without {key}', lambda whole, key=key: whole['images'][1].pop(key))
        for value in (None, -3, [1], 'none.jpg'):
            yield content(
                f'{key} of an image is {value!r}', lambda w, key=key, value=value: w['images'][1].update({key: value})
            )
    yield content('one id for two images', lambda whole: whole['images'][1].update(id=0))
    yield content('one id for two annotations', lambda whole: whole['annotations'][1].update(id=1))
    yield content('ids from 1 to 80', lambda whole: whole['categories'][1].update(id=12))
    yield content('names in another order', lambda whole: whole['categories'][0].update(name='toothbrush'))
    yield content('a path as file name', lambda whole: whole['images'][1].update(file_name='../../etc/passwd'))
    for label, text in (
        ('empty', b''),
        ('half of it', b'{"images": [{"id": 0, '),
        ('a list', b'[]'),
        ('null', b'null'),
        ('HTML', b'<html>'),
        ('binary', bytes(range(256))),
        ('nesting without end', b'[' * 200000),
        ('UTF-16', '{}'.encode('utf-16')),
    ):
        yield changed(
            'coco', label, lambda f, text=text: (f / TRAIN).write_bytes(text), named='instances_train2017.json'
        )
    yield changed('coco', 'missing', lambda folder: (folder / TRAIN).unlink(), named='instances_train2017.json')
    yield changed(
        'coco', 'a folder', lambda f: ((f / TRAIN).unlink(), (f / TRAIN).mkdir()), named='instances_train2017'
    )
    yield changed(
        'coco', 'train and val exchanged', lambda f: swap(f / TRAIN, f / TRAIN.replace('train', 'val')), named=''
    )


def masks() -> Iterator[FaultCase]:
    """ADE20K's masks."""
    path = 'annotations/training/ADE_train_00000002.png'
    labels = np.array([[0, 1, 150, 2] * 2] * 6, dtype=np.uint8)

    def mask(label: str, image: Image.Image, right: bool = False) -> FaultCase:
        accept = (lambda facts: facts.counts == COUNTS['ade20k']) if right else None
        return changed('ade20k', label, lambda f: image.save(f / path), accept, 'ADE_train_00000002.png')

    palette = Image.fromarray(labels, 'P')
    palette.putpalette([200, 10, 3] * 256)
    yield mask('a palette', palette, right=True)
    yield mask('coloured', Image.fromarray(labels).convert('RGB'))
    yield mask('with alpha', Image.fromarray(labels).convert('LA'))
    yield mask('of 16 bits', Image.fromarray(labels.astype(np.uint16)))
    yield mask('of one bit', Image.fromarray(labels > 1))
    yield mask('floating point', Image.fromarray(labels.astype(np.uint8)).convert('1'))
    yield mask('another size', Image.fromarray(labels[:, :7]))
    yield mask('turned', Image.fromarray(labels.T.copy()))
    yield mask('a label of 151', Image.fromarray(np.full_like(labels, 151)))
    yield mask('a label of 255', Image.fromarray(np.full_like(labels, 255)))
    for label, content in (('empty', b''), ('text', b'x'), ('half', None)):

        def damage(folder: Path, content: bytes | None = content) -> None:
            whole = (folder / path).read_bytes()
            (folder / path).write_bytes(whole[: len(whole) // 2] if content is None else content)

        yield changed('ade20k', f'a mask that is {label}', damage, named='ADE_train_00000002.png')
    yield changed('ade20k', 'a mask is missing', lambda folder: (folder / path).unlink(), named='ADE_train_00000002')
    yield changed('ade20k', 'all masks are empty', lambda folder: [
        png(mask, np.zeros((6, 8), np.uint8)) for mask in folder.rglob('annotations/training/*.png')
    ], named='annotations')  # fmt: skip


def depths() -> Iterator[FaultCase]:
    """NYUd's depth maps, in every wrong unit."""

    def maps(label: str, change: Callable[[np.ndarray], np.ndarray], right: bool = False) -> FaultCase:
        def write(folder: Path) -> None:
            for path in sorted(folder.rglob('annotations/*/*.png')):
                png(path, change(depth()))

        accept = (lambda facts: facts.counts == COUNTS['nyud']) if right else None
        return changed('nyud', label, write, accept, 'annotations')

    yield maps('millimetres', lambda pixels: pixels, right=True)
    yield maps('metres', lambda pixels: np.maximum(pixels // 1000, 1).astype(np.uint16))
    yield maps('centimetres', lambda pixels: (pixels // 10).astype(np.uint16))
    yield maps('tenths of millimetres', lambda pixels: pixels * 10)
    yield maps('one byte', lambda pixels: (pixels // 12).astype(np.uint8))
    yield maps('nothing known', np.zeros_like)
    yield maps('all of 65535', lambda pixels: np.full_like(pixels, 65535))
    yield maps('another size', lambda pixels: pixels[:400])
    yield maps('turned', lambda pixels: pixels.T.copy())
    yield maps('coloured', lambda pixels: np.stack([(pixels // 12).astype(np.uint8)] * 3, axis=-1))


def lists() -> Iterator[FaultCase]:
    """Text and MATLAB files that name images and classes."""
    for dataset, file in (
        ('pets', 'annotations/trainval.txt'),
        ('pets', 'annotations/test.txt'),
        ('food101', 'meta/train.txt'),
        ('food101', 'meta/classes.txt'),
        ('aircraft', 'data/images_variant_train.txt'),
        ('aircraft', 'data/variants.txt'),
        ('inat2019', 'train2019.json'),
        ('flowers102', 'imagelabels.mat'),
        ('flowers102', 'setid.mat'),
    ):
        name = Path(file).name
        for label, edit in (
            ('missing', lambda path: path.unlink()),
            ('empty', lambda path: path.write_bytes(b'')),
            ('binary', lambda path: path.write_bytes(bytes(range(256)) * 4)),
            ('half of it', lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])),
            ('HTML', lambda path: path.write_text('<html>\n<body>404</body>\n</html>\n')),
            ('a folder', lambda path: (path.unlink(), path.mkdir())),
        ):
            yield changed(
                dataset,
                f'{name} is {label}',
                lambda f, edit=edit, file=file: edit(f / file),
                named=Path(name).stem.removesuffix('_train'),
            )
        if name.endswith('.txt'):
            if name not in ('classes.txt', 'variants.txt'):  # a miniature draws some of the classes
                yield changed(
                    dataset, f'a name too many in {name}', lambda f, file=file: append(f / file, 'none_9 1 1 1\n')
                )
            yield changed(dataset, f'a line twice in {name}', lambda f, file=file: append(f / file, None))
    for key, value in (
        ('labels', [[0, 1, 2] * 3]),
        ('labels', [[1, 2, 103] * 3]),
        ('labels', [[1, 2]]),
        ('other', [[1]]),
    ):
        content = {key: np.array(value, dtype=np.uint8)}
        label = f'{key} of {value[0][:3]}'
        yield changed('flowers102', label, lambda f, content=content: savemat(f / 'imagelabels.mat', content), named='')
    for value in (None, 'x', 3, [], [1], {}, [{'id': 0}]):
        for key in ('images', 'annotations', 'categories'):
            yield changed(
                'inat2019',
                f'{key} is {value!r}',
                lambda f, key=key, value=value: edit_json(f / 'train2019.json', lambda c: c.update({key: value})),
                named='2019',
            )
    for text in ('', '[]', '{"counts": 3}', '{"counts": {"test": "x"}}', '{"seed": 0}', '{'):
        yield changed(
            'pets', f'mini.json is {text!r}', lambda f, text=text: (f / 'mini.json').write_text(text), named=''
        )


def append(path: Path, line: str | None) -> None:
    """Append a line to a list, or its first line once more."""
    text = path.read_text()
    path.write_text(text + (text.splitlines()[0] + '\n' if line is None else line))


def folders() -> Iterator[FaultCase]:
    """Class folders and images of any dataset."""
    for dataset in ('imagenet', 'imagenet_r', 'imagenet_v2'):
        yield changed(dataset, 'a class folder of another name', lambda f: next(f.rglob('[n0-9]*')).rename(f / 'cat'))
        yield changed(dataset, 'a class folder is empty', lambda f: [p.unlink() for p in next(classes(f)).iterdir()])
        yield changed(dataset, 'an image is missing', lambda f: next(images(f)).unlink())
        yield changed(dataset, 'an image too many', lambda f: copy_file(next(images(f)), 'copy'))
        yield changed(dataset, 'an image is empty', lambda f: next(images(f)).write_bytes(b''))
        harmless = lambda facts, d=dataset: facts.counts == COUNTS[d]  # noqa: E731
        yield changed(dataset, 'a hidden copy of an image', lambda f: copy_file(next(images(f)), '.copy'), harmless)
        yield changed(dataset, 'a hidden folder', lambda f: copy_file(next(images(f)), '.trash/copy'), harmless)
        yield changed(dataset, 'a README', lambda f: (next(classes(f)) / 'README.txt').write_text('x'), harmless)
    for dataset in COUNTS:
        yield changed(dataset, 'all images are missing', lambda f: [path.unlink() for path in list(images(f))])
        yield changed(dataset, 'all images are text', lambda f: [path.write_text('x') for path in list(images(f))])
        yield changed(dataset, 'a file in its place', lambda f: (f.rename(f.parent / 'old'), f.write_bytes(b'x')))
        yield changed(dataset, 'an empty folder', lambda f: (f.rename(f.parent / 'old'), f.mkdir()))


def images(folder: Path) -> Iterator[Path]:
    """Yield the photographs of a dataset."""
    return (path for path in sorted(folder.rglob('*.[jJ]*')) if path.suffix.lower() in ('.jpg', '.jpeg'))


def classes(folder: Path) -> Iterator[Path]:
    """Yield the folders that hold photographs."""
    return (path.parent for path in images(folder))


def copy_file(path: Path, stem: str) -> None:
    """Copy a file beside itself, or into a folder there."""
    target = path.parent / f'{stem}{path.suffix}'
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(path.read_bytes())
