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
    assert f'{folder / "train/0"} is not named after one of the 1,000 classes' in wrong('imagenet')


def test_imagenet_lacks_a_class_in_one_split(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    shutil.rmtree(folder / 'val/n01443537')
    assert f'{folder / "val"} lacks class n01443537' in wrong('imagenet')


def test_official_imagenet_lacks_classes(tmp_path, wrong):
    (make('imagenet', tmp_path) / 'mini.json').unlink()
    sentence = wrong('imagenet')
    assert 'lacks the images of 997 of 1,000 classes, n01491361 for example' in sentence
    assert f'imagenet.py --source DOWNLOADED --root {tmp_path}' in sentence


def test_flat_validation_images_are_not_sorted_into_classes(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    image(folder / 'val/ILSVRC2012_val_00000009.JPEG')
    assert 'holds 1 images outside of class folders' in wrong('imagenet')


def test_imagenet_folders_named_in_another_order(tmp_path, wrong):
    folder = make('imagenet', tmp_path)
    swap(folder / 'train/n01440764', folder / 'train/n01443537')
    assert 'is an image of class n01443537; class folders were named in another order' in wrong('imagenet')


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
    assert "the devkit's ILSVRC2012_ID is not the canonical order" in wrong('imagenet')


@pytest.mark.parametrize(
    ('name', 'file', 'content', 'message'),
    [
        # n01443537 is class 1 of ImageNet, but comes first in ImageNet-R.
        ('imagenet_r', 'classes.txt', 'n01443537\nn01484850\n', 'class n01443537 the label 0, but its label is 1'),
        ('imagenet_r', 'class_to_idx.json', '{"n01484850": 1}', 'class n01484850 the label 1, but its label is 2'),
        ('imagenet', 'meta/train.txt', 'n01484850/a.JPEG 1\n', 'class n01484850 the label 1, but its label is 2'),
        ('imagenet_v2', 'class_to_idx.json', '{"0": 0, "10": 1}', 'class 10 the label 1, but its label is 10'),
        ('imagenet_v2', 'classes.txt', '0\n1\n10\n', 'class 10 the label 2, but its label is 10'),
    ],
)
def test_class_lists_in_directory_order(name, file, content, message, tmp_path, wrong):
    path = make(name, tmp_path) / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    sentence = wrong(name)
    assert message in sentence and 'never the order of the folders on disk: correct or delete this file' in sentence


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
    assert 'goldfish is not named after one of the 200 classes of ImageNet-R' in wrong('imagenet_r')
    (folder / 'goldfish').rename(folder / 'n01440764')  # of ImageNet-1K, but not of ImageNet-R
    assert 'n01440764 is not named after one of the 200 classes' in wrong('imagenet_r')


def test_imagenet_v2_numbered_from_one(tmp_path, wrong):
    folder = make('imagenet_v2', tmp_path)
    (folder / '0').rename(folder / '1000')
    assert 'numbers its folders 1 to 1000' in wrong('imagenet_v2')


@pytest.mark.parametrize('stranger', ['n01440764', '007', '1000'])
def test_imagenet_v2_with_other_folders(stranger, tmp_path, wrong):
    folder = make('imagenet_v2', tmp_path)
    image(folder / stranger / '0.jpeg')
    assert f'{stranger} is none of the folders 0 to 999' in wrong('imagenet_v2')


def test_official_imagenet_v2_has_every_class(tmp_path, wrong, official):
    folder = make('imagenet_v2', tmp_path)
    official('imagenet_v2', folder)
    assert 'lacks the images of 997 classes, 1 for example' in wrong('imagenet_v2')
