"""When data count as others: for features that are cached, and for results."""

import json
import os
import shutil

import pytest
from mmengine.dataset import BaseDataset

from singer_mm.datasets.data_digest import data_digest
from singer_mm.errors import DataError


@pytest.fixture
def folder(tmp_path):
    """Three pictures with labels, in MMEngine's own form."""
    root = tmp_path / 'data'
    (root / 'images').mkdir(parents=True)
    for index in range(3):
        (root / f'images/{index}.png').write_bytes(bytes([index]) * 10)
    write_labels(root, [0, 1, 1])
    return root


def write_labels(root, labels):
    samples = [dict(img_path=f'{index}.png', gt_label=label) for index, label in enumerate(labels)]
    (root / 'labels.json').write_text(json.dumps(dict(metainfo=dict(classes=['a', 'b']), data_list=samples)))


def digest(root, **arguments):
    return data_digest(
        BaseDataset(ann_file='labels.json', data_root=str(root), data_prefix=dict(img_path='images'), **arguments)
    )


def test_the_same_data_elsewhere_are_the_same(folder, tmp_path):
    first = digest(folder)
    assert len(first) == 64
    shutil.copytree(folder, tmp_path / 'copy')  # with its times
    assert digest(tmp_path / 'copy') == first
    folder.rename(tmp_path / 'moved')
    assert digest(tmp_path / 'moved') == first
    os.utime(tmp_path / 'moved/labels.json')  # what it says is compared
    assert digest(f'{tmp_path}/moved/') == first


@pytest.mark.slow
def test_whatever_changes_gives_another_name(folder):
    names = [digest(folder)]
    (folder / 'images/1.png').write_bytes(b'other pixels')
    names.append(digest(folder))
    stat = os.stat(folder / 'images/1.png')
    os.utime(folder / 'images/1.png', ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    names.append(digest(folder))
    write_labels(folder, [0, 1, 0])
    names.append(digest(folder))
    names.append(digest(folder, metainfo=dict(classes=['a', 'c'])))
    names.append(digest(folder, indices=2))
    assert len(set(names)) == len(names)


def test_each_of_many_files_counts(tmp_path):
    (tmp_path / 'images').mkdir()
    for index in range(1500):
        (tmp_path / f'images/{index}.png').touch()
    write_labels(tmp_path, [0] * 1500)
    first = digest(tmp_path)
    (tmp_path / 'images/1234.png').write_bytes(b'corrected')
    assert digest(tmp_path) != first


def test_a_missing_file_is_named(folder):
    (folder / 'images/2.png').unlink()
    with pytest.raises(DataError, match=r'images/2\.png'):
        digest(folder)
