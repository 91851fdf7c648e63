import pytest

from singer_mm.errors import DataError
from singer_mm.runs.map_history import read_map_history
from singer_mm.utils.array_file import write_arrays


@pytest.fixture
def work_dir(tmp_path):
    (tmp_path / 'feature_maps').mkdir()
    for step in (0, 10, 20, 30, 100):
        write_arrays(tmp_path / 'feature_maps' / f'iter_{step}.npz', {'mark': [step, 0]})
    return tmp_path


@pytest.mark.parametrize(
    ('number', 'last', 'steps'),
    [(9, 100, [0, 10, 20, 30, 100]), (3, 100, [0, 20, 100]), (9, 20, [0, 10, 20]), (2, 30, [0, 30])],
)
def test_moments_are_spread_from_the_first_to_the_checkpoints(work_dir, number, last, steps):
    moments = read_map_history(work_dir, number, last)
    assert [moment.iteration for moment in moments] == steps
    assert [moment.arrays['mark'].tolist() for moment in moments] == [[step, 0] for step in steps]


def test_without_the_hook_there_is_nothing(tmp_path):
    assert read_map_history(tmp_path, 5, 100) == []


def test_a_damaged_file_is_named(work_dir):
    (work_dir / 'feature_maps' / 'iter_10.npz').write_bytes(b'PK')
    with pytest.raises(DataError, match=r'iter_10\.npz'):
        read_map_history(work_dir, 5, 100)
