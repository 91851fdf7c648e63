import numpy as np
import pytest

from singer_mm.datasets.transforms.check_label_map import CheckLabelMap
from singer_mm.errors import DataError


def results(*labels, **others):
    return dict(seg_map_path='ade/1.png', gt_seg_map=np.array([labels], dtype=np.uint8), **others)


def test_known_labels_pass():
    sample = results(0, 149, 255)
    assert CheckLabelMap(150)(sample) is sample


def test_an_unknown_label_names_the_file():
    with pytest.raises(DataError, match='ade/1.png.*150, 254.*0 to 149 and 255'):
        CheckLabelMap(150)(results(3, 254, 150, 150))


def test_says_that_labels_were_moved():
    with pytest.raises(DataError, match='labels 150,.* label 0 '):
        CheckLabelMap(150)(results(150, reduce_zero_label=True))
