import numpy as np
import pytest
from mmengine.logging import HistoryBuffer

from singer_mm.errors import CheckpointError
from singer_mm.runs.run_history import read_history


def buffers(**scalars):
    return {name.replace('__', '/'): HistoryBuffer(values, [1] * len(values)) for name, values in scalars.items()}


def test_losses_times_and_statistics_are_told_apart():
    history = read_history(
        buffers(
            train__lr=[0.1, 0.1],
            train__time=[0.5, 0.25],
            train__loss=[3.0, 2.0],
            train__loss_kd=[2.0, 1.5],
            train__loss_info=[1.0, 0.5],
            singer__iter=[2],
            singer__layer11__info_error=[0.3],
        )
    )
    assert list(history.losses) == ['loss', 'loss_kd', 'loss_info']
    np.testing.assert_array_equal(history.losses['loss_kd'], [2.0, 1.5])
    assert history.seconds.sum() == 0.75
    assert list(history.diagnostics) == [11]
    iterations, values = history.diagnostics[11]['info_error']
    assert (iterations.tolist(), values.tolist()) == ([2], [0.3])


def test_a_sum_of_one_term_is_not_shown_twice():
    history = read_history(buffers(train__time=[1.0], train__loss=[3.0], train__loss_kd=[3.0]))
    assert list(history.losses) == ['loss_kd']
    assert history.diagnostics == {}


def test_losses_of_the_libraries_are_found():
    history = read_history(
        buffers(
            **{'train__time': [1.0], 'train__decode.loss_ce': [2.0], 'train__aux.loss_ce': [1.0], 'train__loss': [3.0]},
            **{'train__decode.acc_seg': [50.0], 'val__loss': [4.0]},
        )
    )
    assert list(history.losses) == ['decode.loss_ce', 'aux.loss_ce', 'loss']


@pytest.mark.parametrize('scalars', [{}, dict(train__time=[1.0]), dict(train__loss=[1.0])])
def test_a_run_without_an_iteration_is_named(scalars):
    with pytest.raises(CheckpointError, match='iteration'):
        read_history(buffers(**scalars))
