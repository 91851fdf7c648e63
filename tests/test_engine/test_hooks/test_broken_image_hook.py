from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from singer_mm.engine.hooks import BrokenImageHook
from singer_mm.errors import ConfigError, DataError


def batch(*skipped):
    return dict(data_samples=[SimpleNamespace(skipped_images=list(reasons)) for reasons in skipped])


def test_every_broken_file_is_reported_once_and_counted_always():
    hook, runner = BrokenImageHook(max_share=1), MagicMock()
    hook.after_train_iter(runner, 0, batch(['image a.png cannot be read.'], []))
    hook.after_train_iter(runner, 1, batch(['image a.png cannot be read.'], ['image b.png does not exist.']))
    assert (hook.num_broken, hook.num_read) == (3, 7)
    messages = [call.args[0] for call in runner.logger.warning.call_args_list]
    assert len(messages) == 2
    assert 'a.png' in messages[0]
    assert '3 of 7 reads so far, 2 different files' in messages[1]


def test_too_large_a_share_stops_the_run_after_the_grace():
    hook = BrokenImageHook(max_share=0.2, grace=10)
    for step in range(4):
        hook.after_train_iter(MagicMock(), step, batch([], []))
    with pytest.raises(DataError, match=r'3 of 13 images could not be read \(23.1%, allowed 20.0%\)'):
        hook.after_train_iter(MagicMock(), 4, batch(['image a.png cannot be read.'] * 3, []))


def test_refuses_a_share_out_of_range():
    with pytest.raises(ConfigError, match='max_share is 2; allowed: 0 to 1'):
        BrokenImageHook(max_share=2)


def test_refuses_a_dataset_that_skips_nothing():
    with pytest.raises(ConfigError, match='yields SimpleNamespaces without that; remove the hook'):
        BrokenImageHook().after_train_iter(MagicMock(), 0, dict(data_samples=[SimpleNamespace()]))
