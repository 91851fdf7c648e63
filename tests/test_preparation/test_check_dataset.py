import json
import re
import shutil
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from PIL import Image
from scipy.io import loadmat, savemat
from test_preparation.tiny_datasets import COUNTS, edit_json, image, make, swap

from singer_mm.errors import ConfigError, DataError
from singer_mm.preparation import OFFICIAL, check_dataset
from singer_mm.preparation.checkers import CHECKERS


def test_every_dataset_has_expectations_and_a_checker():
    assert set(CHECKERS) == set(OFFICIAL) == set(COUNTS) and len(CHECKERS) == 11


def test_published_sums():
    assert sum(OFFICIAL['inat2019'].counts.values()) == 268_243
    assert OFFICIAL['inat2019'].counts['val'] == 3 * OFFICIAL['inat2019'].num_classes
    assert OFFICIAL['food101'].counts == dict(train=750 * 101, test=250 * 101)
    assert all(re.fullmatch('[0-9a-f]{32}', md5) for known in OFFICIAL.values() for md5 in known.md5.values())


def test_checksums_are_those_of_torchvision():
    from torchvision.datasets import Flowers102, Food101, OxfordIIITPet
    from torchvision.datasets.imagenet import ARCHIVE_META
    from torchvision.datasets.inaturalist import DATASET_MD5

    assert OFFICIAL['imagenet'].md5 == dict(ARCHIVE_META.values())
    assert OFFICIAL['flowers102'].md5 == dict(Flowers102._file_dict.values())
    assert OFFICIAL['pets'].md5 == {url.rsplit('/')[-1]: md5 for url, md5 in OxfordIIITPet._RESOURCES}
    assert OFFICIAL['food101'].md5 == {'food-101.tar.gz': Food101._MD5}
    assert OFFICIAL['inat2019'].md5['train_val2019.tar.gz'] == DATASET_MD5['2019']


@pytest.mark.slow
def test_importing_it_needs_no_library_of_openmmlab_and_no_data(tmp_path):
    code = (
        'import sys, singer_mm.preparation.conversion; '
        "sys.exit(bool({'mmcv', 'mmpretrain', 'mmseg', 'mmdet'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, '-c', code], cwd=tmp_path).returncode == 0


@pytest.mark.parametrize('name', COUNTS)
def test_a_right_miniature_passes(name, tmp_path):
    folder = make(name, tmp_path)
    facts = check_dataset(name, tmp_path, checksums=True)
    assert (facts.name, facts.folder, facts.counts, facts.is_mini) == (name, folder, COUNTS[name], True)
    expected = json.loads((folder / 'mini.json').read_text())['counts'].get('classes')
    assert facts.num_classes == expected
    assert f'{name} (miniature) in {folder}' in str(facts)
    with pytest.raises(FrozenInstanceError):
        facts.name = 'other'


def test_a_count_that_mini_json_does_not_name_is_not_compared(tmp_path):
    folder = make('food101', tmp_path)
    (folder / 'mini.json').write_text(json.dumps(dict(counts=dict(test=2, masks=9))))
    assert check_dataset('food101', tmp_path).counts == COUNTS['food101']


def test_mini_json_may_call_splits_as_the_dataset_does(tmp_path, wrong):
    folder = make('flowers102', tmp_path)
    (folder / 'mini.json').write_text(json.dumps(dict(counts=dict(trnid=2, valid=1, tstid=7))))
    wrong('flowers102', 'test holds 6 images', '7')


def test_mini_json_may_lie_in_the_outer_folder(tmp_path):
    folder = make('ade20k', tmp_path)
    (folder / 'mini.json').rename(tmp_path / 'ade' / 'mini.json')
    assert check_dataset('ade20k', tmp_path).is_mini


@pytest.mark.parametrize('content', ['{"seed": 1}', '{"counts": ', '[]'])
def test_a_damaged_mini_json_is_named(content, tmp_path, wrong):
    (make('pets', tmp_path) / 'mini.json').write_text(content)
    assert 'mini.json' in wrong('pets')


@pytest.mark.parametrize('name', COUNTS)
def test_a_missing_folder_tells_how_to_prepare_it(name, tmp_path, wrong):
    wrong(name, OFFICIAL[name].folder, f'tools/dataset_converters/{name}.py --source DOWNLOADED --root {tmp_path}')


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'cifar'.*imagenet, .*coco"):
        check_dataset('cifar', tmp_path)


@pytest.mark.parametrize(
    ('name', 'victim', 'words'),
    [
        ('imagenet', 'train/n01440764/n01440764_1.JPEG', ['train holds 5 images', '6']),
        ('imagenet_r', 'n01443537', ['test holds 1 images', '2']),
        ('imagenet_v2', '2/1.jpeg', ['val holds 5 images', '6']),
        ('ade20k', 'annotations/training/ADE_train_00000002.png', ['2 of the 3 images']),
        ('nyud', 'annotations/test/bathroom_00001.png', ['1 of the 2 images']),
        ('inat2019', 'train_val2019/Insects/7/train1.jpg', ['5 of the 6 images']),
        ('aircraft', 'data/images/0000004.jpg', ['0000004', 'missing']),
        ('pets', 'images/Bengal_3.jpg', ['2 of the 3 images']),
        ('food101', 'images/waffles/2.jpg', ['3 of the 4 images']),
        ('flowers102', 'jpg/image_00009.jpg', ['5 of the 6 images']),
        ('coco', 'train2017/train00000000001.jpg', ['2 of the 3 images']),
    ],
)
def test_half_copied(name, victim, words, tmp_path, wrong):
    path = make(name, tmp_path) / victim
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    wrong(name, *words, 'tools/make_mini_suite.py')


@pytest.mark.parametrize(
    ('name', 'victim'),
    [
        ('imagenet', 'val'),
        ('ade20k', 'annotations/validation'),
        ('nyud', 'images/test'),
        ('inat2019', 'val2019.json'),
        ('aircraft', 'data/images_variant_test.txt'),
        ('pets', 'annotations/trainval.txt'),
        ('food101', 'meta/classes.txt'),
        ('flowers102', 'setid.mat'),
        ('coco', 'annotations/instances_val2017.json'),
    ],
)
def test_a_missing_part_is_named(name, victim, tmp_path, wrong):
    path = make(name, tmp_path) / victim
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    wrong(name, str(path), 'missing')


@pytest.mark.parametrize(
    ('name', 'one', 'other'),
    [
        ('aircraft', 'data/images_variant_trainval.txt', 'data/images_variant_test.txt'),
        ('pets', 'annotations/trainval.txt', 'annotations/test.txt'),
        ('food101', 'meta/train.txt', 'meta/test.txt'),
        ('inat2019', 'train2019.json', 'val2019.json'),
        ('imagenet', 'train', 'val'),
        ('ade20k', 'images/training', 'images/validation'),
    ],
)
def test_exchanged_splits(name, one, other, tmp_path, wrong):
    folder = make(name, tmp_path)
    swap(folder / one, folder / other)
    if name == 'ade20k':
        swap(folder / 'annotations/training', folder / 'annotations/validation')
    wrong(name, 'exchanged')


def test_exchanged_nyud_splits(tmp_path, wrong):
    folder = make('nyud', tmp_path)
    for part in ('images', 'annotations'):
        swap(folder / part / 'train', folder / part / 'test')
    wrong('nyud', 'train and test', 'exchanged', '2 and 3 images', '3 and 2')


def test_exchanged_coco_splits(tmp_path, wrong):
    folder = make('coco', tmp_path)
    swap(folder / 'train2017', folder / 'val2017')
    swap(folder / 'annotations/instances_train2017.json', folder / 'annotations/instances_val2017.json')
    wrong('coco', 'train and val', 'exchanged')


def test_exchanged_flowers_splits(tmp_path, wrong):
    path = make('flowers102', tmp_path) / 'setid.mat'
    ids = loadmat(path)
    savemat(path, dict(trnid=ids['tstid'], valid=ids['valid'], tstid=ids['trnid']))
    wrong('flowers102', 'setid.mat', 'trnid and tstid', 'exchanged', '6 and 2 images')


@pytest.mark.parametrize(
    ('name', 'source', 'target'),
    [
        ('aircraft', 'data/images_variant_trainval.txt', 'data/images_variant_test.txt'),
        ('pets', 'annotations/trainval.txt', 'annotations/test.txt'),
        ('food101', 'meta/train.txt', 'meta/test.txt'),
        ('inat2019', 'val2019.json', 'train2019.json'),
    ],
)
def test_a_test_set_that_was_trained_on(name, source, target, tmp_path, wrong):
    folder = make(name, tmp_path)
    shutil.copy(folder / source, folder / target)
    wrong(name, 'are both in', Path(target).stem.split('_')[-1])


def test_nyud_frames_in_both_splits(tmp_path, wrong):
    folder = make('nyud', tmp_path)
    for part in ('images', 'annotations'):
        shutil.rmtree(folder / part / 'test')
        shutil.copytree(folder / part / 'train', folder / part / 'test')
    wrong('nyud', '3 images', 'kitchen_0028b_00000', 'in train and in test')


@pytest.mark.parametrize(
    ('name', 'victim'),
    [
        ('imagenet', 'val/n01443537/ILSVRC2012_val_00000002.JPEG'),
        ('imagenet_r', 'n01484850/art_0.jpg'),
        ('imagenet_v2', '10/1.jpeg'),
        ('ade20k', 'annotations/training/ADE_train_00000001.png'),
        ('nyud', 'images/test/bathroom_00000.jpg'),
        ('inat2019', 'train_val2019/Insects/0/val0.jpg'),
        ('aircraft', 'data/images/0000006.jpg'),
        ('pets', 'images/Abyssinian_1.jpg'),
        ('food101', 'images/apple_pie/1.jpg'),
        ('flowers102', 'jpg/image_00001.jpg'),
        ('coco', 'val2017/val00000000000.jpg'),
    ],
)
def test_an_unreadable_image_is_named(name, victim, tmp_path, wrong):
    path = make(name, tmp_path) / victim
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    wrong(name, str(path), 'cannot be read')


def test_a_miniature_with_fewer_classes_than_it_says(tmp_path, wrong):
    folder = make('food101', tmp_path)
    edit_json(folder / 'mini.json', lambda content: content['counts'].update(classes=3))
    wrong('food101', '2 classes', '3')


def test_checksums_of_official_files(tmp_path, official):
    folder = make('flowers102', tmp_path)
    official('flowers102', folder)
    assert check_dataset('flowers102', tmp_path).counts['test'] == 6
    with pytest.raises(DataError, match='imagelabels.mat.*[0-9a-f]{32}.*e0620be6'):
        check_dataset('flowers102', tmp_path, checksums=True)


def test_only_a_few_images_are_opened(tmp_path, monkeypatch):
    folder = make('imagenet', tmp_path)
    for number in range(10, 400):
        image(folder / 'train/n01440764' / f'n01440764_{number}.JPEG')
    edit_json(folder / 'mini.json', lambda content: content['counts'].update(train=396))
    opened = []
    real_open = Image.open
    monkeypatch.setattr(Image, 'open', lambda path, **options: (opened.append(path), real_open(path, **options))[1])
    check_dataset('imagenet', tmp_path)
    assert len(opened) == 16 + 3
