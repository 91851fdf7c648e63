import json

import pytest
from conftest import DATA

from singer_mm.errors import ConfigError
from singer_mm.models.distillers.layer_pairs import pair_layers

RELEASED = json.loads((DATA / 'layer_map_released.json').read_text())


@pytest.mark.parametrize('case', RELEASED, ids=lambda case: f'{case["teacher_depth"]}-{case["layers"]}')
def test_released_pairs(case):
    pairs = pair_layers('released', case['layers'], case['teacher_depth'], case['student_depth'])
    assert pairs == case['student_layers']


@pytest.mark.parametrize(
    ('layers', 'teacher_depth', 'student_depth', 'expected'),
    [
        ([17, 23], 24, 12, [8, 11]),
        ([11, 17, 23], 24, 12, [5, 8, 11]),
        ([8, 11], 12, 12, [8, 11]),
        ([22, 23], 24, 12, [10, 11]),  # nearest depths, but no block twice
        ([11, 17], 24, 12, [5, 11]),  # the last one always meets the student's last block
        ([23], 24, 12, [11]),
    ],
)
def test_depth_pairs(layers, teacher_depth, student_depth, expected):
    assert pair_layers('depth', layers, teacher_depth, student_depth) == expected


def test_refuses_more_layers_than_blocks():
    with pytest.raises(ConfigError, match='teacher_layers.* 3 .*2 blocks'):
        pair_layers('depth', [0, 1, 2], 4, 2)


def test_refuses_an_unknown_map():
    with pytest.raises(ConfigError, match='layer_map.*linear.*depth, released'):
        pair_layers('linear', [0], 4, 2)
