import numpy as np
import pytest
from PIL import Image
from test_preparation.tiny_datasets import depth, edit_json, image, make, png

from singer_mm.preparation import check_dataset


@pytest.mark.parametrize(
    ('pixels', 'message'),
    [
        (np.full((6, 8), 151, np.uint8), 'holds the unknown label 151'),
        (np.full((6, 8), 255, np.uint8), 'not yet shifted by one'),
        (np.full((6, 8, 3), 7, np.uint8), 'has colour mode RGB'),
        (np.full((3, 4), 7, np.uint8), r'measures (4, 3) and its image (8, 6)'),
    ],
)
def test_masks_of_ade20k(pixels, message, tmp_path, wrong):
    png(make('ade20k', tmp_path) / 'annotations/validation/ADE_val_00000002.png', pixels)
    assert message in wrong('ade20k')


def test_masks_without_any_class(tmp_path, wrong):
    for path in (make('ade20k', tmp_path) / 'annotations/training').iterdir():
        png(path, np.zeros((6, 8), np.uint8))
    assert 'has masks without any class' in wrong('ade20k')


@pytest.mark.parametrize(
    ('pixels', 'message'),
    [
        (depth(50_000), 'reaches 50.0 m after division by 1000'),
        (depth(0), 'has no pixel of known depth'),
        (np.full((480, 640), 9, np.uint8), 'has colour mode L, but depth is a 16-bit PNG in millimetres'),
        (depth()[:240, :320].copy(), 'measures (320, 240) and its image (640, 480)'),
    ],
)
def test_depth_maps(pixels, message, tmp_path, wrong):
    png(make('nyud', tmp_path) / 'annotations/train/kitchen_0028b_00001.png', pixels)
    assert message in wrong('nyud')


def test_depth_that_was_divided_twice(tmp_path, wrong):
    for path in (make('nyud', tmp_path) / 'annotations/test').iterdir():
        png(path, depth(9))
    assert 'no depth exceeds 0.0090 m after division by 1000' in wrong('nyud')


def test_depth_in_centimetres(tmp_path, wrong):
    for path in (make('nyud', tmp_path) / 'annotations/test').iterdir():
        png(path, depth(800))
    assert 'the median depth is 0.40 m after division by 1000, nearer than the sensor sees' in wrong('nyud')


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
        assert 'none of 18 maps is deeper than 4.50 m after division by 1000' in wrong('nyud')


def test_official_nyud_names_its_test_frames(tmp_path, wrong, official):
    folder = make('nyud', tmp_path)
    official('nyud', folder)
    assert check_dataset('nyud', tmp_path).is_mini is False
    image(folder / 'images/test/office_1.jpg', (640, 480))
    png(folder / 'annotations/test/office_1.png', depth())
    assert 'test holds 3 images where 2 belong (the 654 frames that testNdxs' in wrong('nyud')


def test_other_frames_of_the_same_name_are_no_leak(tmp_path):
    folder = make('nyud', tmp_path)
    for part, suffix in (('images', 'jpg'), ('annotations', 'png')):
        path = folder / part / 'test' / f'bathroom_00001.{suffix}'
        path.rename(path.with_stem('kitchen_0028b_00000'))
    Image.new('RGB', (640, 480)).save(folder / 'images/test/kitchen_0028b_00000.jpg')
    assert check_dataset('nyud', tmp_path)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda c: c.update(annotations=[]), 'has no annotations'),
        (
            lambda c: c['annotations'][0].update(bbox=[4, 2, 8, 3]),
            '1 boxes lie outside of their image, e.g. [4, 2, 8, 3]',
        ),
        (lambda c: c['annotations'][0].update(bbox=[-5, 2, 3, 3]), '[left, top, width, height]'),
        (lambda c: c['annotations'][0].update(category_id=12), 'one of which the file does not list'),
        (lambda c: c['annotations'][0].pop('bbox'), "annotation 1 lacks 'bbox'"),
        (lambda c: c['annotations'][4].pop('area'), "annotation 23 lacks 'area'"),
        (lambda c: c['annotations'][4].pop('iscrowd'), "annotation 23 lacks 'iscrowd'"),
        (lambda c: c['annotations'][4].pop('segmentation'), "annotation 23 lacks 'segmentation'"),
        (lambda c: c['annotations'][0].update(bbox=[float('nan'), 2, 3, 3]), 'holds NaN, which is no number of JSON'),
        (lambda c: c['annotations'][0].update(bbox=[True, 2, '3', 3]), 'is no instances file of COCO'),
        (lambda c: c['annotations'][0].update(id='x'), "has id 'x'; allowed: a whole number"),
        (lambda c: c['annotations'][0].update(id=23), 'gives the id 23 to several annotations'),
        (lambda c: c['annotations'][0].update(area=-1), "has area '-1'; allowed: a number from 0"),
        (lambda c: c['annotations'][0].update(iscrowd=2), "has iscrowd '2'; allowed: 0 or 1"),
        (lambda c: c['annotations'][0].update(segmentation=[[1, 2, 3]]), "has segmentation '[[1, 2, 3]]'; allowed:"),
        (lambda c: c.update(annotations=[3]), 'is no instances file of COCO'),
        (lambda c: c['annotations'][0].update(bbox=[1, 2, 3]), 'annotation 1 has the box [1, 2, 3]'),
        (
            lambda c: [a.update(bbox=[0.125, 0.25, 0.5, 0.5]) for a in c['annotations']],
            '9 boxes are smaller than their object, e.g. [0.125, 0.25, 0.5, 0.5]',
        ),
        (lambda c: c['annotations'][0].update(bbox='none'), 'is no instances file of COCO'),
        (lambda c: c['categories'][1].update(id=12), "gives the id 12 to 'stop sign', whose id is 13; the ids are the"),
        (lambda c: c['categories'][1].update(name='sphere'), "gives the id 13 to 'sphere', which is none of the 80"),
        (lambda c: c['images'][0].update(width=16), 'measures (8, 6) where'),
    ],
)
def test_annotations_of_coco(change, message, tmp_path, wrong):
    path = make('coco', tmp_path) / 'annotations/instances_train2017.json'
    edit_json(path, change)
    assert message in wrong('coco')


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
    assert "gives the id 2 to 'stop sign', whose id is 13" in wrong('coco')


@pytest.mark.parametrize('content', ['', '[]', '{"images": '])
def test_a_damaged_json_is_named(content, tmp_path, wrong):
    path = make('coco', tmp_path) / 'annotations/instances_val2017.json'
    path.write_text(content)
    assert str(path) in wrong('coco')
