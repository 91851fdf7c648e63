"""The metric of our COCO configs against pycocotools called by hand."""

import json

import numpy as np
import pytest
import torch
from conftest import ROOT
from mmdet.datasets import CocoDataset
from mmengine.config import Config
from mmengine.registry import init_default_scope
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from singer_mm.errors import DataError
from singer_mm.registry import METRICS

NAMES = CocoDataset.METAINFO['classes']
UNUSED_IDS = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}
IDS = [number for number in range(1, 91) if number not in UNUSED_IDS]
CATEGORIES = [dict(id=number, name=name) for number, name in zip(IDS, NAMES, strict=True)]
SIZE = 64
# Labels of person, teddy bear (id 88) and toothbrush (id 90): 0, 77, 79.
LABELS = [0, 77, 79]


def box_mask(x, y, width, height):
    mask = np.zeros((SIZE, SIZE), dtype=np.uint8, order='F')
    mask[y : y + height, x : x + width] = 1
    return mask


@pytest.fixture
def truth(tmp_path):
    """Three images: objects of three sizes, a crowd, and one image without annotations."""
    boxes = [(1, 2, 2, 8, 8), (1, 20, 20, 40, 40), (2, 5, 5, 30, 20), (2, 40, 40, 10, 12)]
    annotations = []
    for number, (image, *box) in enumerate(boxes, start=1):
        x, y, width, height = box
        polygon = [x, y, x + width, y, x + width, y + height, x, y + height]
        annotations.append(
            dict(
                id=number,
                image_id=image,
                category_id=IDS[LABELS[number % 3]],
                bbox=list(box),
                area=width * height,
                iscrowd=0,
                segmentation=[polygon],
            )
        )
    crowd = coco_mask.encode(box_mask(0, 40, 30, 20))
    crowd = dict(size=crowd['size'], counts=crowd['counts'].decode())
    annotations.append(
        dict(
            id=9,
            image_id=2,
            category_id=IDS[0],
            bbox=[0, 40, 30, 20],
            area=600,
            iscrowd=1,
            segmentation=crowd,
        )
    )
    content = dict(
        images=[dict(id=number, file_name=f'{number}.jpg', height=SIZE, width=SIZE) for number in (1, 2, 3)],
        annotations=annotations,
        categories=CATEGORIES,
    )
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(content))
    return path


def shipped_metric(path):
    cfg = Config.fromfile(ROOT / 'configs/downstream/coco/frozen_maskrcnn.py').test_evaluator[0]
    init_default_scope('mmdet')
    metric = METRICS.build(dict(cfg, ann_file=str(path)))
    metric.dataset_meta = CocoDataset.METAINFO
    return metric


def sample(image, detections):
    """What a detector of mmdet says: ``detections`` are (label, score, x, y, width, height)."""
    boxes = [[x, y, x + width, y + height] for _, _, x, y, width, height in detections]
    masks = [torch.from_numpy(box_mask(*box)).bool() for _, _, *box in detections]
    return dict(
        img_id=image,
        ori_shape=(SIZE, SIZE),
        pred_instances=dict(
            bboxes=torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            labels=torch.tensor([label for label, *_ in detections], dtype=torch.long),
            scores=torch.tensor([score for _, score, *_ in detections]),
            masks=torch.stack(masks) if masks else torch.zeros(0, SIZE, SIZE, dtype=torch.bool),
        ),
    )


# A hit, a shifted one, a wrong class, a false alarm, one in the crowd, one on the image without objects.
DETECTIONS = {
    1: [(77, 0.9, 3, 2, 8, 8), (79, 0.8, 22, 23, 40, 40), (0, 0.7, 20, 20, 40, 40)],
    2: [(0, 0.95, 5, 5, 30, 22), (0, 0.6, 2, 42, 20, 16), (77, 0.5, 40, 41, 10, 11)],
    3: [(79, 0.4, 1, 1, 30, 30)],
}


def by_hand(path, kind):
    truth = COCO(str(path))
    detections = []
    for image, found in DETECTIONS.items():
        for label, score, *box in found:
            rle = coco_mask.encode(box_mask(*box))
            shape = dict(bbox=box) if kind == 'bbox' else dict(segmentation=rle)
            detections.append(dict(image_id=image, category_id=IDS[label], score=score, **shape))
    evaluation = COCOeval(truth, truth.loadRes(detections), kind)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats[:6]


def test_it_agrees_with_pycocotools(truth):
    metric = shipped_metric(truth)
    metric.process({}, [sample(image, found) for image, found in DETECTIONS.items()])
    values = metric.evaluate(3)
    for kind in ('bbox', 'segm'):
        expected = by_hand(truth, kind)
        assert 0.1 < expected[0] < 0.9  # neither trivial end
        names = [f'coco/{kind}_mAP{suffix}' for suffix in ('', '_50', '_75', '_s', '_m', '_l')]
        # MMDetection rounds to three digits.
        np.testing.assert_allclose([values[name] for name in names], expected, atol=5.001e-4)


def test_labels_become_the_91_sparse_ids(truth):
    metric = shipped_metric(truth)
    metric.process({}, [sample(1, [(label, 0.5, 1, 1, 9, 9) for label in range(80)])])
    metric.evaluate(1)
    assert metric.cat_ids == IDS
    assert (metric.cat_ids[11], metric.cat_ids[77], metric.cat_ids[79]) == (13, 88, 90)


def test_a_detector_that_finds_nothing_has_an_ap_of_zero(truth):
    metric = shipped_metric(truth)
    metric.process({}, [sample(image, []) for image in (1, 2, 3)])
    values = metric.evaluate(3)
    assert set(values) == {
        f'coco/{kind}_{item}'
        for kind in ('bbox', 'segm')
        for item in ('mAP', 'mAP_50', 'mAP_75', 'mAP_s', 'mAP_m', 'mAP_l')
    }
    assert set(values.values()) == {0.0}


@pytest.mark.parametrize('categories', [CATEGORIES[:6], CATEGORIES[::-1]], ids=['few', 'reversed'])
def test_other_categories_are_refused(truth, categories):
    truth.write_text(json.dumps(dict(json.loads(truth.read_text()), categories=categories)))
    metric = shipped_metric(truth)
    metric.process({}, [sample(1, [])])
    with pytest.raises(DataError, match='categories.*80 classes'):
        metric.evaluate(1)
