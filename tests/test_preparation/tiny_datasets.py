"""The smallest folders that are right: every layout with a handful of images and a mini.json."""

import io
import json
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from singer_mm.preparation import OFFICIAL

WNIDS = ('n01440764', 'n01443537', 'n01484850')
R_WNIDS = ('n01443537', 'n01484850')
COUNTS = dict(
    imagenet=dict(train=6, val=3),
    imagenet_r=dict(test=2),
    imagenet_v2=dict(val=6),
    ade20k=dict(train=3, val=2),
    nyud=dict(train=3, test=2, train_labelled=2, test_labelled=2),
    inat2019=dict(train=6, val=3),
    aircraft=dict(train=2, val=2, trainval=4, test=2),
    pets=dict(trainval=6, test=3),
    food101=dict(train=4, test=2),
    flowers102=dict(train=2, val=1, trainval=3, test=6),
    coco=dict(train=3, val=1),
)
SCENES = ('kitchen_0028b', 'bathroom_0001')


@cache
def encoded(size=(8, 6), kind='JPEG'):
    """Bytes of a small image, (width, height)."""
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def image(path, size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(size))


def png(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, compress_level=1)


def text(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{line}\n' for line in lines))


def mini(folder, **counts):
    (folder / 'mini.json').write_text(json.dumps(dict(seed=0, counts=counts)))


def depth(top=3000):
    """A depth map of 480 x 640 that reaches ``top``, with unknown pixels."""
    pixels = np.full((480, 640), top // 2, dtype=np.uint16)
    pixels[100, 100] = top
    pixels[:10] = 0
    return pixels


def write_imagenet(folder):
    for wnid in WNIDS:
        for number in range(2):
            image(folder / 'train' / wnid / f'{wnid}_{number}.JPEG')
    for number, wnid in enumerate(WNIDS, start=1):
        image(folder / 'val' / wnid / f'ILSVRC2012_val_{number:08d}.JPEG')
    mini(folder, train=6, val=3, classes=3)


def write_imagenet_r(folder):
    for wnid in R_WNIDS:
        image(folder / wnid / 'art_0.jpg')
    text(folder / 'README.txt', ['ImageNet-R'])
    mini(folder, test=2, classes=2)


def write_imagenet_v2(folder):
    for label in (0, 2, 10):
        for number in range(2):
            image(folder / str(label) / f'{number}.jpeg')
    mini(folder, val=6, classes=3)


def write_ade20k(folder):
    for split, long_name, number in (('train', 'training', 3), ('val', 'validation', 2)):
        for index in range(1, number + 1):
            stem = f'ADE_{split}_{index:08d}'
            image(folder / 'images' / long_name / f'{stem}.jpg')
            labels = np.array([[0, 1, 150, index] * 2] * 6, dtype=np.uint8)
            png(folder / 'annotations' / long_name / f'{stem}.png', labels)
    mini(folder, train=3, val=2, classes=5)


def write_nyud(folder):
    for split, number in COUNTS['nyud'].items():
        for index in range(number):
            stem = f'{SCENES[0] if split.startswith("train") else "bathroom"}_{index:05d}'
            image(folder / 'images' / split / f'{stem}.jpg', (640, 480))
            png(folder / 'annotations' / split / f'{stem}.png', depth())
    mini(folder, **COUNTS['nyud'])


def write_inat2019(folder):
    categories = (0, 7, 1009)
    for split, per_class in (('train', 2), ('val', 1)):
        images, annotations = [], []
        for category in categories:
            for number in range(per_class):
                name = f'train_val2019/Insects/{category}/{split}{number}.jpg'
                image(folder / name)
                images.append(dict(id=len(images), file_name=name))
                annotations.append(dict(id=len(annotations), image_id=images[-1]['id'], category_id=category))
        content = dict(images=images, annotations=annotations, categories=[dict(id=number) for number in range(1010)])
        (folder / f'{split}2019.json').write_text(json.dumps(content))
    mini(folder, train=6, val=3, classes=3)


def write_aircraft(folder):
    variants = ('707-320', 'Boeing 717')
    text(folder / 'data/variants.txt', variants)
    numbers = dict(train=(1, 2), val=(3, 4), test=(5, 6))
    numbers['trainval'] = numbers['train'] + numbers['val']
    for split, members in numbers.items():
        for number in members:
            image(folder / f'data/images/{number:07d}.jpg')
        text(folder / f'data/images_variant_{split}.txt', [f'{n:07d} {variants[n % 2]}' for n in members])
    mini(folder, train=2, val=2, trainval=4, test=2, classes=2)


def write_pets(folder):
    breeds = dict(Abyssinian=1, american_bulldog=2, Bengal=6)
    for split, numbers in (('trainval', (1, 2)), ('test', (3,))):
        lines = [f'{breed}_{number} {label} 1 1' for breed, label in breeds.items() for number in numbers]
        text(folder / f'annotations/{split}.txt', lines)
        for line in lines:
            image(folder / 'images' / f'{line.split()[0]}.jpg')
    mini(folder, trainval=6, test=3, classes=3)


def write_food101(folder):
    classes = ('apple_pie', 'waffles')
    text(folder / 'meta/classes.txt', classes)
    for split, numbers in (('train', (1, 2)), ('test', (3,))):
        names = [f'{name}/{number}' for name in classes for number in numbers]
        text(folder / f'meta/{split}.txt', names)
        for name in names:
            image(folder / f'images/{name}.jpg')
    mini(folder, train=4, test=2, classes=2)


def write_flowers102(folder):
    for number in range(1, 10):
        image(folder / f'jpg/image_{number:05d}.jpg')
    savemat(folder / 'imagelabels.mat', dict(labels=np.array([[1, 2, 102] * 3], dtype=np.uint8)))
    splits = dict(trnid=[1, 2], valid=[3], tstid=[4, 5, 6, 7, 8, 9])
    savemat(folder / 'setid.mat', {key: np.array([value], dtype=np.uint16) for key, value in splits.items()})
    mini(folder, train=2, val=1, trainval=3, test=6, classes=3)


def write_coco(folder):
    categories = [dict(id=1, name='person'), dict(id=13, name='stop sign'), dict(id=90, name='toothbrush')]
    (folder / 'annotations').mkdir(parents=True)
    for split, number in (('train', 3), ('val', 1)):
        images = [dict(id=n, file_name=f'{split}{n:011d}.jpg', width=8, height=6) for n in range(number)]
        annotations = [
            dict(
                id=10 * n + c['id'],
                image_id=n,
                category_id=c['id'],
                bbox=[1, 1.5, 4, 3],
                area=12,
                iscrowd=0,
                segmentation=[[1, 1.5, 5, 1.5, 5, 4.5, 1, 4.5]],
            )
            for n in range(number)
            for c in categories
        ]
        content = dict(images=images, annotations=annotations, categories=categories)
        (folder / f'annotations/instances_{split}2017.json').write_text(json.dumps(content))
        for entry in images:
            image(folder / f'{split}2017' / entry['file_name'])
    mini(folder, train=3, val=1, classes=3)


WRITERS = dict(
    imagenet=write_imagenet,
    imagenet_r=write_imagenet_r,
    imagenet_v2=write_imagenet_v2,
    ade20k=write_ade20k,
    nyud=write_nyud,
    inat2019=write_inat2019,
    aircraft=write_aircraft,
    pets=write_pets,
    food101=write_food101,
    flowers102=write_flowers102,
    coco=write_coco,
)


def make(name: str, root: Path) -> Path:
    """Write a right dataset below a data root and return its folder."""
    folder = root / OFFICIAL[name].folder
    folder.mkdir(parents=True)
    WRITERS[name](folder)
    return folder


def edit_json(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def swap(one, other):
    between = one.with_name('between')
    one.rename(between)
    other.rename(one)
    between.rename(other)
