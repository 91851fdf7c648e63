import json
import shutil

import pytest
from scipy.io import loadmat, savemat
from test_preparation.tiny_datasets import edit_json, make, text


def test_inat_categories_in_directory_order(tmp_path, wrong):
    path = make('inat2019', tmp_path) / 'train2019.json'

    def shift(content):
        for annotation in content['annotations']:
            annotation['category_id'] = {0: 0, 7: 2, 1009: 1}[annotation['category_id']]

    edit_json(path, shift)
    wrong('inat2019', 'train2019.json', 'category id 2', 'train_val2019/Insects/7/')


def test_inat_ids_from_one(tmp_path, wrong):
    path = make('inat2019', tmp_path) / 'val2019.json'
    edit_json(path, lambda content: content.update(categories=[dict(id=number) for number in range(1, 1011)]))
    wrong('inat2019', 'val2019.json', 'category id 1010', '0 to 1009')


def test_inat_with_a_random_validation_split(tmp_path, wrong):
    folder = make('inat2019', tmp_path)
    train, val = (json.loads((folder / f'{split}2019.json').read_text()) for split in ('train', 'val'))
    moved = dict(train['images'].pop(), id=99)
    label = dict(train['annotations'].pop(), image_id=99)
    val['images'].append(moved)
    val['annotations'].append(label)
    (folder / 'train2019.json').write_text(json.dumps(train))
    (folder / 'val2019.json').write_text(json.dumps(val))
    edit_json(folder / 'mini.json', lambda content: content['counts'].pop('train'))
    wrong('inat2019', 'val holds 4 images', '3', 'val2019.json')


def test_inat_without_annotations(tmp_path, wrong):
    path = make('inat2019', tmp_path) / 'val2019.json'
    edit_json(path, lambda content: content.update(annotations=[]))
    wrong('inat2019', 'val2019.json', '0 annotations', '3 images')


def test_aircraft_families_in_place_of_variants(tmp_path, wrong):
    folder = make('aircraft', tmp_path)
    text(folder / 'data/images_variant_test.txt', ['0000005 Boeing 707', '0000006 Boeing 717'])
    wrong('aircraft', 'images_variant_test.txt', "'Boeing 707'", 'variants.txt')


def test_aircraft_trainval_is_train_and_val(tmp_path, wrong):
    folder = make('aircraft', tmp_path)
    text(folder / 'data/images_variant_val.txt', ['0000003 Boeing 717', '0000001 Boeing 717'])
    wrong('aircraft', 'images_variant_trainval.txt')


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda line: line.replace(' 1 1 1', ' 0 1 1'), ['class id 0', '1 to 37']),
        (lambda line: line.replace('_2 2', '_2 3'), ['american_bulldog_2', 'class id 3', '2']),
        (lambda line: line.rsplit(' ', 1)[0], ["'Abyssinian_1 1 1'", '`image class species breed`']),
    ],
)
def test_class_ids_of_pets(change, words, tmp_path, wrong):
    path = make('pets', tmp_path) / 'annotations/trainval.txt'
    text(path, map(change, path.read_text().splitlines()))
    wrong('pets', str(path), *words)


def test_pets_in_directory_order(tmp_path, wrong):
    # A listing puts capitals first: Abyssinian, Bengal, american_bulldog.
    for path in (make('pets', tmp_path) / 'annotations').iterdir():
        lines = path.read_text().replace('Bengal', 'x').replace(' 2 1 1', ' 3 1 1').replace(' 6 1 1', ' 2 1 1')
        path.write_text(lines.replace('x', 'Bengal'))
    wrong('pets', 'american_bulldog has class id 3', 'Bengal 2')


def test_food_lacks_a_class(tmp_path, wrong):
    folder = make('food101', tmp_path)
    shutil.rmtree(folder / 'images/waffles')
    wrong('food101', '1 classes', 'waffles')
    text(folder / 'meta/classes.txt', ['apple_pie'])
    wrong('food101', "'waffles'", 'meta/classes.txt')


def test_flowers_with_labels_from_zero(tmp_path, wrong):
    path = make('flowers102', tmp_path) / 'imagelabels.mat'
    savemat(path, dict(labels=loadmat(path)['labels'].astype(int) - 1))
    wrong('flowers102', 'imagelabels.mat', '0 to 101', '1 to 102')


def test_flowers_with_image_numbers_from_zero(tmp_path, wrong):
    path = make('flowers102', tmp_path) / 'setid.mat'
    savemat(path, {key: loadmat(path)[key].astype(int) - 1 for key in ('trnid', 'valid', 'tstid')})
    wrong('flowers102', 'setid.mat', '1 to 9')


@pytest.mark.parametrize('content', [b'', b'MATLAB 7.3 or something', None])
def test_a_damaged_mat_file_is_named(content, tmp_path, wrong):
    path = make('flowers102', tmp_path) / 'setid.mat'
    if content is None:
        savemat(path, dict(trnid=[[1]]))
    else:
        path.write_bytes(content)
    wrong('flowers102', str(path), 'trnid, valid, tstid')
