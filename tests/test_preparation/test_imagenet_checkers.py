import json
import shutil
from dataclasses import replace

import pytest
from test_preparation.tiny_datasets import image, make, swap, text

from singer_mm.datasets.imagenet_classes import imagenet_wnids
from singer_mm.preparation import OFFICIAL, check_dataset


def test_imagenet_classes_must_be_wnids(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    (folder / 'train/n01440764').rename(folder / 'train/0')
    wrong('imagenet', str(folder / 'train/0'), '1,000 classes', 'n01440764')


def test_imagenet_lacks_a_class_in_one_split(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    shutil.rmtree(folder / 'val/n01443537')
    wrong('imagenet', str(folder / 'val'), 'n01443537')


def test_official_imagenet_lacks_classes(tmp_path, wrong):
    (make('imagenet', tmp_path) / 'mini.json').unlink()
    wrong('imagenet', '997 of 1,000 classes', 'n01491361', f'imagenet.py --source DOWNLOADED --root {tmp_path}')


def test_flat_validation_images_are_not_sorted_into_classes(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    image(folder / 'val/ILSVRC2012_val_00000009.JPEG')
    wrong('imagenet', str(folder / 'val'), '1 images', 'ILSVRC2012_val_00000009.JPEG')


def test_imagenet_folders_named_in_another_order(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    swap(folder / 'train/n01440764', folder / 'train/n01443537')
    wrong('imagenet', str(folder / 'train/n01440764'), 'class n01443537')


def test_imagenet_validation_in_the_order_of_the_devkit(tmp_path, wrong, monkeypatch):
    from importlib import resources

    wnids = imagenet_wnids()
    counts = dict(train=1000, val=1000)
    monkeypatch.setitem(OFFICIAL, 'imagenet', replace(OFFICIAL['imagenet'], counts=counts))
    real = json.loads((resources.files('timm.data') / '_info' / 'imagenet_real_labels.json').read_text())
    number = {}
    for index, labels in enumerate(real, start=1):
        for label in labels:
            number.setdefault(label, index)
    folder = tmp_path / 'imagenet'
    # An image number may serve several classes: it is given to one of them, the others take numbers without a label.
    free = (index for index, labels in enumerate(real, start=1) if not labels)
    used = set()
    for label, wnid in enumerate(wnids):
        image(folder / 'train' / wnid / f'{wnid}_1.JPEG')
        index = next(free) if number[label] in used else number[label]
        used.add(index)
        image(folder / 'val' / wnid / f'ILSVRC2012_val_{index:08d}.JPEG')
    assert check_dataset('imagenet', tmp_path).num_classes == 1000
    (folder / 'val').rename(folder / 'right')
    for wnid, other in zip(wnids, wnids[1:] + wnids[:1], strict=True):
        (folder / 'val').mkdir(exist_ok=True)
        (folder / 'right' / wnid).rename(folder / 'val' / other)
    shutil.rmtree(folder / 'right')
    wrong('imagenet', str(folder / 'val'), 'ILSVRC2012_ID')


@pytest.mark.parametrize(
    ('name', 'file', 'content', 'words'),
    [
        # n01443537 is class 1 of ImageNet, but comes first in ImageNet-R.
        ('imagenet_r', 'classes.txt', 'n01443537\nn01484850\n', ['n01443537', 'label 0', '1']),
        ('imagenet_r', 'class_to_idx.json', '{"n01484850": 1}', ['n01484850', 'label 1', '2']),
        ('imagenet', 'meta/train.txt', 'n01484850/a.JPEG 1\n', ['n01484850', 'label 1', '2']),
        ('imagenet_v2', 'class_to_idx.json', '{"0": 0, "10": 1}', ['class 10', 'label 1', '10']),
        ('imagenet_v2', 'classes.txt', '0\n1\n10\n', ['class 10', 'label 2', '10']),
    ],
)
def test_class_lists_in_directory_order(name, file, content, words, tmp_path, wrong):
    path = make(name, tmp_path) / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    wrong(name, str(path), *words)


def test_right_class_lists_pass(tmp_path):
    text(make('imagenet_v2', tmp_path) / 'classes.txt', range(1000))
    assert check_dataset('imagenet_v2', tmp_path)
    folder = make('imagenet', tmp_path)
    text(folder / 'classes.txt', imagenet_wnids())
    text(folder / 'meta/val.txt', ['n01484850/a.JPEG 2', 'ILSVRC2012_val_00000001.JPEG 65'])
    assert check_dataset('imagenet', tmp_path)


def test_imagenet_r_with_a_folder_that_is_no_wnid_of_its_own(tmp_path, wrong):
    folder = make('imagenet_r', tmp_path)
    image(folder / 'goldfish/a.jpg')
    wrong('imagenet_r', str(folder / 'goldfish'), '200 classes')
    (folder / 'goldfish').rename(folder / 'n01440764')  # of ImageNet-1K, but not of ImageNet-R
    wrong('imagenet_r', str(folder / 'n01440764'), '200 classes')


def test_imagenet_v2_numbered_from_one(tmp_path, wrong):
    folder = make('imagenet_v2', tmp_path)
    (folder / '0').rename(folder / '1000')
    wrong('imagenet_v2', '1 to 1000', '0 to 999')


@pytest.mark.parametrize('stranger', ['n01440764', '007', '1000'])
def test_imagenet_v2_with_other_folders(stranger, tmp_path, wrong):
    folder = make('imagenet_v2', tmp_path)
    image(folder / stranger / '0.jpeg')
    wrong('imagenet_v2', str(folder / stranger), '0 to 999')


def test_official_imagenet_v2_has_every_class(tmp_path, wrong, official):
    folder = make('imagenet_v2', tmp_path)
    official('imagenet_v2', folder)
    wrong('imagenet_v2', '997 of 1,000 classes')
