import json

import numpy as np
import pytest
from mmdet.datasets import CocoDataset
from PIL import Image
from pycocotools.coco import COCO

from singer_mm.mini.writers import COCOWriter
from singer_mm.mini.writers.coco_categories import CATEGORIES
from singer_mm.mini.writers.coco_writer import THINGS, _outline, _polygons, _run_lengths

pytestmark = pytest.mark.slow


@pytest.fixture
def annotations(suite, capsys):
    return COCO(str(suite / 'coco' / 'annotations' / 'instances_train2017.json'))


def test_categories_are_the_official_ones():
    ids = [category['id'] for category in CATEGORIES]
    assert len(ids) == 80 and ids == sorted(ids) and (ids[0], ids[-1]) == (1, 90)
    assert set(range(1, 91)) - set(ids) == {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
    assert tuple(category['name'] for category in CATEGORIES) == CocoDataset.METAINFO['classes']
    assert set(THINGS) <= set(ids)


def test_coco_is_read_by_mmdet(suite):
    dataset = CocoDataset(
        data_root=str(suite / 'coco'),
        ann_file='annotations/instances_train2017.json',
        data_prefix=dict(img='train2017/'),
        pipeline=[],
    )
    empty = [index for index in range(len(dataset)) if not dataset.get_data_info(index)['instances']]
    assert len(dataset) == 10 and empty
    labels = {item['bbox_label'] for index in range(len(dataset)) for item in dataset.get_data_info(index)['instances']}
    names = {category['id']: category['name'] for category in CATEGORIES}
    assert {dataset.metainfo['classes'][label] for label in labels} <= {names[number] for number in THINGS}


def test_masks_boxes_and_areas_agree(annotations, suite):
    assert annotations.anns
    for annotation in annotations.anns.values():
        image = annotations.imgs[annotation['image_id']]
        with Image.open(suite / 'coco' / 'train2017' / image['file_name']) as picture:
            assert picture.size == (image['width'], image['height'])
        mask = annotations.annToMask(annotation).astype(bool)
        x, y, width, height = annotation['bbox']
        assert 0 <= x and 0 <= y and x + width <= image['width'] and y + height <= image['height']
        assert min(width, height) >= 1
        # Holes are filled by polygons, as in COCO, so that they may cover more than the area.
        assert mask.sum() >= 0.7 * annotation['area']
        rows, columns = np.nonzero(mask)
        assert (
            columns.min() >= x - 1 and columns.max() <= x + width and rows.min() >= y - 1 and rows.max() <= y + height
        )


def test_crowds_are_run_lengths_down_the_columns():
    mask = np.array([[0, 1, 0], [1, 1, 1]], bool)
    assert _run_lengths(mask) == {'size': [2, 3], 'counts': [1, 3, 1, 1]}
    assert _run_lengths(~mask) == {'size': [2, 3], 'counts': [0, 1, 3, 1, 1]}


def test_polygons_follow_the_border_of_the_mask():
    mask = np.zeros((20, 30), bool)
    mask[5:15, 4:24] = True
    (polygon,) = _polygons(mask)
    corners = np.array(polygon).reshape(-1, 2)
    np.testing.assert_allclose(corners.min(axis=0), [4, 5], atol=0.2)
    np.testing.assert_allclose(corners.max(axis=0), [24, 15], atol=0.2)
    assert _outline(mask, crowd=False) == {
        'iscrowd': 0,
        'area': 200.0,
        'bbox': [4.0, 5.0, 20.0, 10.0],
        'segmentation': [polygon],
    }


def test_there_are_crowds_small_things_and_empty_images(suite):
    content = json.loads((suite / 'coco' / 'annotations' / 'instances_train2017.json').read_text())
    with_something = {annotation['image_id'] for annotation in content['annotations']}
    assert with_something < {image['id'] for image in content['images']}
    assert any(annotation['area'] < 32**2 for annotation in content['annotations'])
    assert sum(job['crowd'] and not job['empty'] for job in COCOWriter().jobs()) >= 16
    val = json.loads((suite / 'coco' / 'annotations' / 'instances_val2017.json').read_text())
    assert any(annotation['iscrowd'] for annotation in [*content['annotations'], *val['annotations']])
