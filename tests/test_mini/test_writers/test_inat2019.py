import json
from collections import Counter

from PIL import Image

from singer_mm.mini.writers import INat2019Writer


def test_json_names_images_that_exist_and_real_categories(suite):
    root = suite / 'inat2019'
    for split in ('train', 'val'):
        content = json.loads((root / f'{split}2019.json').read_text())
        assert {'info', 'licenses', 'categories', 'images', 'annotations'} == content.keys()
        assert [category['id'] for category in content['categories']] == list(range(1010))
        categories = {category['id']: category['supercategory'] for category in content['categories']}
        of_image = {annotation['image_id']: annotation['category_id'] for annotation in content['annotations']}
        assert len(of_image) == len(content['images']) > 0
        for image in content['images']:
            top, supercategory, category, _ = image['file_name'].split('/')
            assert (top, int(category)) == ('train_val2019', of_image[image['id']])
            assert categories[int(category)] == supercategory
            with Image.open(root / image['file_name']) as picture:
                assert picture.size == (image['width'], image['height'])


def test_the_tail_is_long_and_spread_over_supercategories():
    jobs = INat2019Writer().jobs()
    train = Counter(job['label'] for job in jobs if job['split'] == 'train')
    val = Counter(job['label'] for job in jobs if job['split'] == 'val')
    assert (len(train), max(train.values()), min(train.values())) == (30, 60, 2)
    assert set(val.values()) == {3} and val.keys() == train.keys()
    counts = sorted(train.values())
    assert sum(counts[:15]) < 0.25 * sum(counts)
    assert min(train) == 0 and max(train) == 1009
    assert len({job['file'] for job in jobs}) == len(jobs)
