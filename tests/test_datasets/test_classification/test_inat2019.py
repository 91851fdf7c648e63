import json

import pytest

from singer_mm.datasets.classification import INat2019
from singer_mm.errors import DataError

CATEGORIES = [dict(id=7, name='Amanita'), dict(id=1009, name='Zea')]


def annotation(first_id, labels, **changes):
    ids = range(first_id, first_id + len(labels))
    return (
        dict(
            categories=CATEGORIES,
            images=[
                dict(id=i, file_name=f'train_val2019/Fungi/{label}/{i}.jpg')
                for i, label in zip(ids, labels, strict=True)
            ],
            annotations=[
                dict(image_id=i, category_id=label) for i, label in zip(reversed(ids), reversed(labels), strict=True)
            ],
        )
        | changes
    )


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'train2019.json').write_text(json.dumps(annotation(0, [1009, 7, 7])))
    (tmp_path / 'val2019.json').write_text(json.dumps(annotation(10, [7, 1009])))
    return tmp_path


def test_labels_are_category_ids(root):
    dataset = INat2019(str(root), 'val2019.json', test_mode=True)
    entries = [dataset.get_data_info(index) for index in range(2)]
    assert [(entry['img_path'], entry['gt_label']) for entry in entries] == [
        (f'{root}/train_val2019/Fungi/1009/11.jpg', 1009),
        (f'{root}/train_val2019/Fungi/7/10.jpg', 7),
    ]


@pytest.mark.parametrize('ann_file', ['train2019.json', 'val2019.json'])
def test_knows_how_many_training_images_each_class_has(root, ann_file):
    metainfo = INat2019(str(root), ann_file).metainfo
    counts = metainfo['train_counts']
    assert len(counts) == len(metainfo['classes']) == 1010
    assert (counts[7], counts[1009], sum(counts)) == (2, 1, 3)
    assert (metainfo['classes'][7], metainfo['classes'][8]) == ('Amanita', 'category 8')


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (annotation(0, [1010]), '1010.*0 to 1009'),
        (annotation(0, [1], images=[]), 'without image'),
        (annotation(0, []), 'no annotations'),
        ({'images': []}, 'truncated'),
    ],
)
def test_refuses_other_annotations(root, content, message):
    (root / 'val2019.json').write_text(json.dumps(content))
    with pytest.raises(DataError, match=rf'val2019\.json.*{message}'):
        INat2019(str(root), 'val2019.json')


def test_refuses_missing_and_truncated_files(root):
    (root / 'val2019.json').write_text('{"images": [')
    with pytest.raises(DataError, match=r'val2019\.json.*truncated'):
        INat2019(str(root), 'val2019.json')
    (root / 'train2019.json').unlink()
    with pytest.raises(DataError, match=r'train2019\.json'):
        INat2019(str(root), 'train2019.json')
