from types import SimpleNamespace

import pytest

from singer_mm.engine.hooks import ProgressFileHook, progress_file_hook


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass when the test says so."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress_file_hook, 'time', SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_the_share_is_written_at_most_once_in_a_second(tmp_path, clock):
    hook = ProgressFileHook(str(tmp_path / 'progress'))
    written = []
    for iteration in range(4):
        hook.after_train_iter(SimpleNamespace(iter=iteration, max_iters=8), iteration)
        written.append((tmp_path / 'progress').read_text())
        clock.seconds += 0.6
    assert written == ['0.1250', '0.1250', '0.3750', '0.3750']
    assert [path.name for path in tmp_path.iterdir()] == ['progress']


def test_only_the_main_process_writes(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(progress_file_hook, 'is_main_process', lambda: False)
    ProgressFileHook(str(tmp_path / 'progress')).after_train_iter(SimpleNamespace(iter=0, max_iters=8), 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_whole_training_writes_it(run_cfg, tmp_path):
    from mmengine.config import Config

    from singer_mm.registry import RUNNERS

    run_cfg['custom_hooks'] = [dict(type='ProgressFileHook', path=str(tmp_path / 'progress'))]
    RUNNERS.build(Config(dict(run_cfg, experiment_name='progress_file'))).train()
    assert 0 < float((tmp_path / 'progress').read_text()) <= 1
