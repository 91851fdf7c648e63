"""ImageNet, ADE20K, NYUd and COCO in their real layouts, as few random images as several processes need."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from singer_mm.datasets.imagenet_classes import imagenet_wnids

TRAIN, TEST = 24, 9


def save(pixels: np.ndarray, path: Path) -> None:
    """Write an image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def write_random_datasets(root: Path, seed: int = 0) -> None:
    """Write all four below ``root``."""
    generator = np.random.default_rng(seed)

    def picture(height: int, width: int) -> np.ndarray:
        coarse = generator.integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)
        return np.asarray(Image.fromarray(coarse).resize((width, height)))

    for split, count, ade_split in (('train', TRAIN, 'training'), ('val', TEST, 'validation')):
        for index in range(count):
            wnid = imagenet_wnids()[7 * (index % 3)]
            save(picture(140, 160), root / f'imagenet/{split}/{wnid}/{split}_{index}.JPEG')
            ade, name = root / 'ade/ADEChallengeData2016', f'ADE_{split}_{index:08d}'
            save(picture(240, 280), ade / f'images/{ade_split}/{name}.jpg')
            # Shares of unlabelled pixels that differ between images.
            labels = generator.integers(0, 151, (12, 14), dtype=np.uint8).repeat(20, axis=0).repeat(20, axis=1)
            labels[: 8 * index] = 0
            save(labels, ade / f'annotations/{ade_split}/{name}.png')
            nyu = root / 'nyu'
            nyu_split = 'train' if split == 'train' else 'test'
            depth = generator.integers(700, 9000, (24, 32), dtype=np.uint16).repeat(20, axis=0).repeat(20, axis=1)
            depth[:, : 60 + 16 * (index % 8)] = 0
            photo = picture(480, 640)
            for folder, values in ((nyu_split, depth), (f'{nyu_split}_labelled', np.where(depth == 0, 1500, depth))):
                save(photo, nyu / f'images/{folder}/room_{index:04d}.jpg')
                save(values.astype(np.uint16), nyu / f'annotations/{folder}/room_{index:04d}.png')
        _write_coco(root / 'coco', split, count, picture, generator)


def _write_coco(root: Path, split: str, count: int, picture, generator: np.random.Generator) -> None:
    from mmdet.datasets import CocoDataset

    names = CocoDataset.METAINFO['classes']
    images, annotations = [], []
    for index in range(1, count + 1):
        save(picture(160, 200), root / f'{split}2017/{index}.jpg')
        images.append(dict(id=index, file_name=f'{index}.jpg', width=200, height=160))
        for _ in range(1 + index % 4):  # numbers of objects that differ between images
            x, y, width, height = (int(value) for value in generator.integers((0, 0, 40, 40), (100, 80, 100, 80)))
            polygon = [x, y, x + width, y, x + width, y + height, x, y + height]
            category = int(generator.integers(1, 6))
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=index,
                    category_id=category,
                    bbox=[x, y, width, height],
                    area=width * height,
                    iscrowd=0,
                    segmentation=[polygon],
                )
            )
    categories = [dict(id=number, name=name) for number, name in enumerate(names, start=1)]
    content = dict(images=images, annotations=annotations, categories=categories)
    (root / 'annotations').mkdir(parents=True, exist_ok=True)
    (root / f'annotations/instances_{split}2017.json').write_text(json.dumps(content))
