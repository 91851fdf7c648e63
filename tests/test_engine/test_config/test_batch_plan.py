"""One total batch, however many processes share it."""

import pytest
from mmengine.config import Config

from singer_mm.engine.config import BatchPlan
from singer_mm.errors import ConfigError, DataError


def config(total=None, maximum=None, per_process=None, **optim_wrapper):
    loader = {} if per_process is None else dict(batch_size=per_process)
    return Config(
        dict(
            total_batch_size=total,
            max_batch_per_gpu=maximum,
            train_dataloader=loader,
            optim_wrapper=dict(optim_wrapper),
        )
    )


@pytest.mark.parametrize(
    ('total', 'maximum', 'processes', 'share', 'accumulation'),
    [
        (512, 64, 8, 64, 1),
        (512, 64, 4, 128, 2),
        (512, 64, 1, 512, 8),
        (512, 64, 16, 32, 1),  # a maximum above the share changes nothing
        (16, None, 1, 16, 1),
        (16, 5, 1, 16, 4),  # equal micro-batches: the fewest that fit
        (14, 4, 2, 7, 7),  # a prime share is cut into single images
    ],
)
def test_shares_and_micro_batches(total, maximum, processes, share, accumulation):
    plan = BatchPlan.of(config(total, maximum), processes)
    assert (plan.share, plan.accumulation) == (share, accumulation)
    assert plan.processes * plan.accumulation * plan.micro_batch == total
    assert maximum is None or plan.micro_batch <= maximum


def test_a_batch_of_each_process_means_what_it_means_to_mmengine():
    assert BatchPlan.of(config(per_process=4), 2) == BatchPlan(total=8, processes=2)
    assert BatchPlan.of(config(per_process=4, maximum=2), 2) == BatchPlan(total=8, processes=2, accumulation=2)


def test_mmengines_own_accumulation_stays_beside_a_batch_of_each_process():
    assert BatchPlan.of(config(maximum=4, per_process=4, accumulative_counts=3), 2) == BatchPlan(total=8, processes=2)


def test_what_trains_nothing_has_no_plan():
    assert BatchPlan.of(Config(dict(total_batch_size=None, train_dataloader=None)), 3) is None


@pytest.mark.parametrize(
    ('cfg', 'processes', 'named'),
    [
        (config(512), 7, ('total_batch_size is 512', '7 processes', '511', '518')),
        (config(2), 4, ('total_batch_size is 2', '4 processes', 'start 2')),
        (config(8, 0), 1, ('max_batch_per_gpu is 0',)),
        (config(8, -2), 1, ('max_batch_per_gpu is -2',)),
        (config('many'), 1, ('total_batch_size',)),
        (config(8.0), 1, ('total_batch_size',)),
        (config(True), 1, ('total_batch_size',)),
        (config(8, per_process=2), 2, ('total_batch_size is 8', 'train_dataloader.batch_size is 2')),
        (config(), 1, ('total_batch_size',)),
        (config(8, accumulative_counts=4), 1, ('accumulative_counts is 4', 'max_batch_per_gpu')),
        (config(maximum=2, per_process=4, accumulative_counts=4), 1, ('accumulative_counts is 4',)),
    ],
)
def test_numbers_that_do_not_fit_are_named(cfg, processes, named):
    with pytest.raises(ConfigError) as error:
        BatchPlan.of(cfg, processes)
    for words in named:
        assert words in str(error.value)


def test_data_that_fill_no_batch_are_refused():
    plan = BatchPlan.of(config(total=64), 2)
    plan.check_filled_by(64)
    with pytest.raises(DataError, match=r'\b63\b.*\b64\b.*2 x 32.*total_batch_size'):
        plan.check_filled_by(63)
