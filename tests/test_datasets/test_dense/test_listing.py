import pytest
from mmseg.datasets import ADE20KDataset, NYUDataset
from test_preparation.tiny_datasets import make

import singer_mm.libraries.mmseg  # noqa: F401
from singer_mm.datasets.dense import ADE20K, NYUDepth
from singer_mm.errors import DataError

CASES = [
    ('ade20k', ADE20K, ADE20KDataset, 'training', 'seg_map_path'),
    ('nyud', NYUDepth, NYUDataset, 'train', 'depth_map_path'),
]


@pytest.mark.parametrize(('name', 'ours', 'theirs', 'split', 'key'), CASES)
def test_lists_what_mmseg_lists_but_for_hidden_folders_and_loops(name, ours, theirs, split, key, tmp_path):
    folder = make(name, tmp_path)
    options = dict(data_root=str(folder), data_prefix={'img_path': f'images/{split}', key: f'annotations/{split}'})
    expected = [theirs(**options).get_data_info(index) for index in range(len(theirs(**options)))]
    images = folder / 'images' / split
    (images / '.ipynb_checkpoints').mkdir()
    for path in list(images.glob('*.jpg')):
        (images / '.ipynb_checkpoints' / path.name).write_bytes(b'')
    (images / 'loop').symlink_to('.')
    dataset = ours(**options)
    assert [dataset.get_data_info(index) for index in range(len(dataset))] == expected
    assert dataset.metainfo == theirs(**options, lazy_init=True).metainfo


@pytest.mark.parametrize(('name', 'ours', 'theirs', 'split', 'key'), CASES)
def test_a_missing_folder_is_named(name, ours, theirs, split, key, tmp_path):
    with pytest.raises(DataError, match='images/nowhere.*--data'):
        ours(data_root=str(tmp_path), data_prefix={'img_path': 'images/nowhere', key: 'annotations/nowhere'})
