import numpy as np
import pytest

from singer_mm.datasets.transforms.check_depth_map import CheckDepthMap
from singer_mm.errors import DataError


def results(*depths):
    return dict(depth_map_path='nyu/1.png', gt_depth_map=np.array([depths], dtype=np.float32))


def test_metres_pass_up_to_the_last_millimetre():
    deepest = np.array([[0, 10000]], dtype=np.uint16).astype(np.float32) * 1e-3
    sample = dict(depth_map_path='nyu/1.png', gt_depth_map=deepest)
    assert CheckDepthMap()(sample) is sample


@pytest.mark.parametrize('depth', [10.01, 2500.0, float('nan')])
def test_wrong_units_name_the_file_and_the_unit(depth):
    with pytest.raises(DataError, match='nyu/1.png.* 10 m.*millimetres'):
        CheckDepthMap()(results(0.5, depth))


def test_a_map_without_depth_is_refused():
    with pytest.raises(DataError, match='nyu/1.png.*no depth'):
        CheckDepthMap()(results(0.0, 0.0))
