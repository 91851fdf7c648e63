import pytest

from singer_mm.datasets.labelled_folder import read_labelled_folder
from singer_mm.errors import DataError


@pytest.fixture
def folder(tmp_path):
    for split, number in (('train', 3), ('test', 2)):
        for name in ('b', 'a'):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(number):
                (tmp_path / split / name / f'{index}.png').touch()
    return tmp_path


def test_labels_are_the_places_of_the_sorted_classes(folder):
    data = read_labelled_folder(folder)
    assert data.classes == ['a', 'b']
    assert data.train.labels == [0, 0, 0, 1, 1, 1]
    assert data.test.labels == [0, 0, 1, 1]
    assert data.test.paths == [f'{folder}/test/{name}/{index}.png' for name in 'ab' for index in range(2)]


def test_a_split_is_missing(folder):
    (folder / 'test').rename(folder / 'val')
    with pytest.raises(DataError, match='folder test'):
        read_labelled_folder(folder)


def test_classes_differ(folder):
    (folder / 'test/b').rename(folder / 'test/c')
    with pytest.raises(DataError, match='b, c'):
        read_labelled_folder(folder)


def test_one_class_only(folder):
    for split in ('train', 'test'):
        (folder / split / 'a').rename(folder / f'{split}_a')
    with pytest.raises(DataError, match='at least two'):
        read_labelled_folder(folder)


def test_a_class_without_images(folder):
    for path in (folder / 'test/b').iterdir():
        path.unlink()
    with pytest.raises(DataError, match='test/b'):
        read_labelled_folder(folder)
