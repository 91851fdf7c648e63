import pytest

from singer_mm.datasets.classification import ImageNetR
from singer_mm.errors import DataError


def test_labels_by_wnid_and_leaves_the_readme_alone(write_images):
    root = write_images('n01443537/a.jpg', 'n07920052/b.jpg')
    (root / 'README.txt').write_text('ImageNet-R')
    dataset = ImageNetR(data_root=str(root), test_mode=True)
    # goldfish and espresso: 1st and last of the 200 folders, labels 1 and 967 of the 1,000
    assert dataset.get_gt_labels().tolist() == [1, 967]


def test_refuses_a_class_that_is_none_of_the_200(write_images):
    with pytest.raises(DataError, match="'n01440764'.*ImageNetR.*200"):
        ImageNetR(data_root=str(write_images('n01440764/a.jpg')))
