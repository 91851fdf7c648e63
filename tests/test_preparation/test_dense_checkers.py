import numpy as np
import pytest
from PIL import Image
from test_preparation.tiny_datasets import depth, edit_json, image, make, png

from singer_mm.preparation import check_dataset


@pytest.mark.parametrize(
    ('pixels', 'words'),
    [
        (np.full((6, 8), 151, np.uint8), ['label 151', '1 to 150']),
        (np.full((6, 8), 255, np.uint8), ['label 255', '1 to 150']),
        (np.full((6, 8, 3), 7, np.uint8), ['mode RGB']),
        (np.full((3, 4), 7, np.uint8), ['(4, 3)', '(8, 6)']),
    ],
)
def test_masks_of_ade20k(pixels, words, tmp_path, wrong):
    png(make('ade20k', tmp_path) / 'annotations/validation/ADE_val_00000002.png', pixels)
    wrong('ade20k', 'ADE_val_00000002.png', *words)


def test_masks_without_any_class(tmp_path, wrong):
    for path in (make('ade20k', tmp_path) / 'annotations/training').iterdir():
        png(path, np.zeros((6, 8), np.uint8))
    wrong('ade20k', 'annotations/training', 'pixels 0')


@pytest.mark.parametrize(
    ('pixels', 'words'),
    [
        (depth(50_000), ['50.0 m', '10 m', 'millimetres']),
        (depth(0), ['known depth']),
        (np.full((480, 640), 9, np.uint8), ['mode L', '16-bit PNG', 'millimetres']),
        (depth()[:240, :320].copy(), ['(320, 240)', '(640, 480)']),
    ],
)
def test_depth_maps(pixels, words, tmp_path, wrong):
    png(make('nyud', tmp_path) / 'annotations/train/kitchen_0028b_00001.png', pixels)
    wrong('nyud', 'kitchen_0028b_00001.png', *words)


def test_depth_that_was_divided_twice(tmp_path, wrong):
    for path in (make('nyud', tmp_path) / 'annotations/test').iterdir():
        png(path, depth(9))
    wrong('nyud', 'annotations/test', '0.0090 m', 'millimetres')


def test_depth_in_centimetres(tmp_path, wrong):
    for path in (make('nyud', tmp_path) / 'annotations/test').iterdir():
        png(path, depth(800))
    wrong('nyud', 'annotations/test', '0.40 m', 'millimetres')


@pytest.mark.parametrize(('top', 'right'), [(9000, True), (4500, False)])
def test_depth_that_was_halved(tmp_path, wrong, top, right):
    folder = make('nyud', tmp_path)
    for index in range(16):
        image(folder / f'images/test/office_{index}.jpg', (640, 480))
        png(folder / f'annotations/test/office_{index}.png', depth(top))
    edit_json(folder / 'mini.json', lambda content: content['counts'].update(test=18))
    if right:
        assert check_dataset('nyud', tmp_path)
    else:
        wrong('nyud', 'annotations/test', '18 maps', '4.50 m', 'millimetres')


def test_official_nyud_names_its_test_frames(tmp_path, wrong, official):
    folder = make('nyud', tmp_path)
    official('nyud', folder)
    assert check_dataset('nyud', tmp_path).is_mini is False
    image(folder / 'images/test/office_1.jpg', (640, 480))
    png(folder / 'annotations/test/office_1.png', depth())
    wrong('nyud', 'test holds 3 images', '2', 'testNdxs')


def test_other_frames_of_the_same_name_are_no_leak(tmp_path):
    folder = make('nyud', tmp_path)
    for part, suffix in (('images', 'jpg'), ('annotations', 'png')):
        path = folder / part / 'test' / f'bathroom_00001.{suffix}'
        path.rename(path.with_stem('kitchen_0028b_00000'))
    Image.new('RGB', (640, 480)).save(folder / 'images/test/kitchen_0028b_00000.jpg')
    assert check_dataset('nyud', tmp_path)


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda c: c.update(annotations=[]), ['no annotations']),
        (lambda c: c['annotations'][0].update(bbox=[4, 2, 8, 3]), ['1 boxes', 'outside', '[4, 2, 8, 3]']),
        (lambda c: c['annotations'][0].update(bbox=[-5, 2, 3, 3]), ['[left, top, width, height]']),
        (lambda c: c['annotations'][0].update(category_id=12), ['annotation 1', 'image_id', 'category_id 12']),
        (lambda c: c['annotations'][0].pop('bbox'), ['annotation 1', "'bbox'"]),
        (lambda c: c['annotations'][4].pop('area'), ['annotation 23', "'area'"]),
        (lambda c: c['annotations'][4].pop('iscrowd'), ['annotation 23', "'iscrowd'"]),
        (lambda c: c['annotations'][4].pop('segmentation'), ['annotation 23', "'segmentation'"]),
        (lambda c: c['annotations'][0].update(bbox=[float('nan'), 2, 3, 3]), ['NaN']),
        (lambda c: c['annotations'][0].update(bbox=[True, 2, '3', 3]), ['TypeError']),
        (lambda c: c['annotations'][0].update(id='x'), ["id 'x'", 'allowed']),
        (lambda c: c['annotations'][0].update(id=23), ['id 23']),
        (lambda c: c['annotations'][0].update(area=-1), ["area '-1'", 'allowed']),
        (lambda c: c['annotations'][0].update(iscrowd=2), ["iscrowd '2'", 'allowed: 0 or 1']),
        (lambda c: c['annotations'][0].update(segmentation=[[1, 2, 3]]), ["segmentation '[[1, 2, 3]]'", 'allowed']),
        (lambda c: c.update(annotations=[3]), ['Error']),
        (lambda c: c['annotations'][0].update(bbox=[1, 2, 3]), ['annotation 1', 'bbox [1, 2, 3]']),
        (
            lambda c: [a.update(bbox=[0.125, 0.25, 0.5, 0.5]) for a in c['annotations']],
            ['9 boxes', 'smaller', '[0.125, 0.25, 0.5, 0.5]'],
        ),
        (lambda c: c['annotations'][0].update(bbox='none'), ['Error']),
        (lambda c: c['categories'][1].update(id=12), ["id 12 to 'stop sign'", '13']),
        (lambda c: c['categories'][1].update(name='sphere'), ["id 13 to 'sphere'"]),
        (lambda c: c['images'][0].update(width=16), ['(8, 6)', '(16, 6)']),
    ],
)
def test_annotations_of_coco(change, words, tmp_path, wrong):
    path = make('coco', tmp_path) / 'annotations/instances_train2017.json'
    edit_json(path, change)
    wrong('coco', 'instances_train2017.json', *words)


def test_contiguous_coco_ids_are_rejected_and_rounding_is_not(tmp_path, wrong):
    path = make('coco', tmp_path) / 'annotations/instances_train2017.json'
    edit_json(path, lambda content: content['annotations'][0].update(bbox=[0, 0, 8.5, 6.02]))
    assert check_dataset('coco', tmp_path)

    def renumber(content):
        sparse = [category['id'] for category in content['categories']]
        for entries, key in ((content['categories'], 'id'), (content['annotations'], 'category_id')):
            for entry in entries:
                entry[key] = sparse.index(entry[key]) + 1

    edit_json(path, renumber)
    wrong('coco', "id 2 to 'stop sign'", '13')


@pytest.mark.parametrize('content', ['', '[]', '{"images": '])
def test_a_damaged_json_is_named(content, tmp_path, wrong):
    path = make('coco', tmp_path) / 'annotations/instances_val2017.json'
    path.write_text(content)
    wrong('coco', str(path))
