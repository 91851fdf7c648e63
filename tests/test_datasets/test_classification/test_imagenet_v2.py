import pytest

from singer_mm.datasets.classification import ImageNetV2
from singer_mm.errors import DataError


def test_labels_are_the_numbers_of_the_folders(write_images):
    root = write_images('0/a.jpeg', '2/a.jpeg', '10/a.jpeg', '999/a.jpeg')
    dataset = ImageNetV2(data_root=str(root), test_mode=True)
    pairs = [(entry['img_path'].split('/')[-2], entry['gt_label']) for entry in map(dataset.get_data_info, range(4))]
    assert sorted(pairs) == [('0', 0), ('10', 10), ('2', 2), ('999', 999)]


@pytest.mark.parametrize('folder', ['1000', 'n01440764', '-1', '007'])
def test_refuses_other_folders(write_images, folder):
    with pytest.raises(DataError, match=f"'{folder}'.*ImageNetV2.*0 to 999"):
        ImageNetV2(data_root=str(write_images(f'{folder}/a.jpeg')))
