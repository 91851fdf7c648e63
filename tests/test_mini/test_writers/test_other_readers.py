"""The miniatures are read by libraries that none of ours builds on, with the same images, counts and labels."""

import json
import re

import pytest
from mmdet.datasets import CocoDataset
from mmpretrain.datasets import FGVCAircraft, Flowers102, Food101, OxfordIIITPet
from pycocotools.coco import COCO
from scipy.io import loadmat
from torchvision import datasets as torchvision_datasets

pytestmark = pytest.mark.slow


class UncheckedFlowers(torchvision_datasets.Flowers102):
    """torchvision's reader without the checksums of the real lists."""

    def _check_integrity(self):
        return True


def listing(ours):
    """Image file to label, as we read it."""
    return {str(info['img_path']): info['gt_label'] for info in map(ours.get_data_info, range(len(ours)))}


def short(paths):
    """Folder and name of each file."""
    return ['/'.join(str(path).split('/')[-2:]) for path in paths]


@pytest.mark.parametrize(
    ('ours', 'theirs', 'folder', 'split', 'mini_split'),
    [
        (FGVCAircraft, torchvision_datasets.FGVCAircraft, 'fgvc-aircraft-2013b', split, split)
        for split in ('train', 'val', 'trainval', 'test')
    ]
    + [
        (OxfordIIITPet, torchvision_datasets.OxfordIIITPet, 'Oxford-IIIT_Pets', 'trainval', 'trainval'),
        (OxfordIIITPet, torchvision_datasets.OxfordIIITPet, 'Oxford-IIIT_Pets', 'test', 'test'),
        (Food101, torchvision_datasets.Food101, 'food-101', 'train', 'train'),
        (Food101, torchvision_datasets.Food101, 'food-101', 'test', 'test'),
        (Flowers102, UncheckedFlowers, 'Flowers102', 'train', 'trnid'),
        (Flowers102, UncheckedFlowers, 'Flowers102', 'val', 'valid'),
        (Flowers102, UncheckedFlowers, 'Flowers102', 'test', 'tstid'),
    ],
)
def test_torchvision_agrees_on_images_counts_and_labels(ours, theirs, folder, split, mini_split, suite, tmp_path):
    link = {'Oxford-IIIT_Pets': 'oxford-iiit-pet', 'Flowers102': 'flowers-102'}.get(folder, folder)
    (tmp_path / link).symlink_to(suite / folder)
    found = theirs(str(tmp_path), split=split)
    expected = listing(ours(data_root=str(suite / folder), split=split, pipeline=[]))
    paths = getattr(found, '_image_files', None) or found._images
    counts = json.loads((suite / folder / 'mini.json').read_text())['counts']
    parts = ('train', 'val') if mini_split == 'trainval' and 'trainval' not in counts else (mini_split,)
    assert len(found) == len(expected) == sum(counts[part] for part in parts) > 0
    labels = found._labels
    if theirs is torchvision_datasets.Food101:
        # torchvision sorts the dishes by bytes, the official list puts cheesecake before cheese_plate: two numbers are
        # exchanged, names agree.
        labels = [Food101.METAINFO['classes'].index(found.classes[label]) for label in labels]
    theirs_by_name = dict(zip(short(paths), labels, strict=True))
    assert theirs_by_name == dict(zip(short(expected), expected.values(), strict=True))
    image, label = found[0]
    assert image.mode == 'RGB' and isinstance(label, int)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_pycocotools_agrees_on_images_boxes_and_categories(split, suite):
    path = suite / 'coco' / 'annotations' / f'instances_{split}2017.json'
    theirs = COCO(str(path))
    ours = CocoDataset(
        data_root=str(suite / 'coco'),
        ann_file=f'annotations/instances_{split}2017.json',
        data_prefix=dict(img=f'{split}2017/'),
        pipeline=[],
        test_mode=True,
    )
    assert len(ours) == len(theirs.getImgIds()) > 0
    classes = [category['name'] for category in theirs.loadCats(theirs.getCatIds())]
    assert tuple(classes) == ours.metainfo['classes']
    for info in map(ours.get_data_info, range(len(ours))):
        annotations = theirs.loadAnns(theirs.getAnnIds(imgIds=info['img_id']))
        assert len(annotations) == len(info['instances'])
        for annotation, instance in zip(annotations, info['instances'], strict=True):
            name = theirs.loadCats(annotation['category_id'])[0]['name']
            assert ours.metainfo['classes'][instance['bbox_label']] == name
            x, y, width, height = annotation['bbox']
            assert instance['bbox'] == [x, y, x + width, y + height]
            assert bool(annotation['iscrowd']) == bool(instance['ignore_flag'])


def test_scipy_reads_the_lists_of_flowers(suite):
    root = suite / 'Flowers102'
    labels = loadmat(root / 'imagelabels.mat')['labels'][0]
    splits = loadmat(root / 'setid.mat')
    for split, name in (('train', 'trnid'), ('val', 'valid'), ('test', 'tstid')):
        ours = listing(Flowers102(data_root=str(root), split=split, pipeline=[]))
        theirs = {int(number): int(labels[number - 1]) - 1 for number in splits[name][0]}
        assert {int(re.search(r'(\d+)\.jpg$', path)[1]): label for path, label in ours.items()} == theirs
