import os
import signal
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook

from singer_mm.engine.hooks import InterimCheckpointHook
from singer_mm.errors import ConfigError, RunInterrupted
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.stop_request import SIGNALS, STOP

pytestmark = pytest.mark.slow

ALWAYS = 1e-9
KEYS = ('train/loss', 'train/lr')


@pytest.fixture(autouse=True)
def signals():
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    STOP.forget()
    for number, handler in before.items():
        signal.signal(number, handler)


class Send(Hook):
    """Sends a signal to this process in an iteration."""

    def __init__(self, iteration, number=signal.SIGTERM):
        self.iteration = iteration
        self.number = number

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 == self.iteration:
            os.kill(os.getpid(), self.number)


class Watch(Hook):
    """Notes the checkpoints that lie there before each iteration."""

    def __init__(self):
        self.seen = []

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.seen.append(files(runner))


def files(runner):
    return sorted(path.stem for path in Path(runner.work_dir).glob('*_*.pth'))


def build(run_cfg, request, minutes, *hooks, keep=2, regular=True, **changes):
    regular = dict(type='CheckpointHook', interval=1, max_keep_ckpts=keep) if regular else None
    interim = dict(type='InterimCheckpointHook', minutes=minutes)
    cfg = Config(dict(run_cfg, default_hooks=dict(checkpoint=regular, interim_checkpoint=interim)))
    cfg.merge_from_dict(dict(experiment_name=f'{request.node.name}_{len(changes)}', **changes))
    runner = RUNNERS.build(cfg)
    for hook in hooks:
        runner.register_hook(hook)
    return runner


def test_by_the_clock_it_takes_the_place_of_the_oldest_until_the_next_regular_one(run_cfg, request):
    watch = Watch()
    runner = build(run_cfg, request, ALWAYS, watch, **{'train_cfg.max_epochs': 3})
    runner.train()
    assert watch.seen == [
        *([], ['iter_1'], ['iter_2'], ['iter_3'], ['epoch_1'], ['epoch_1', 'iter_5'], ['epoch_1', 'iter_6']),
        *(['epoch_1', 'iter_7'], ['epoch_1', 'epoch_2'], ['epoch_2', 'iter_9'], ['epoch_2', 'iter_10']),
        ['epoch_2', 'iter_11'],
    ]
    assert files(runner) == ['epoch_2', 'epoch_3']


def test_with_a_single_one_there_is_always_one(run_cfg, request):
    watch = Watch()
    runner = build(run_cfg, request, ALWAYS, watch, keep=1)
    runner.train()
    assert [len(seen) for seen in watch.seen] == [0, 1, 1, 1, 1, 1, 1, 1]
    assert files(runner) == ['epoch_2']


def test_regular_ones_of_the_same_iteration_are_enough(run_cfg, request):
    cfg = Config(dict(run_cfg, default_hooks=dict(run_cfg['default_hooks'])))
    cfg.default_hooks.interim_checkpoint = dict(type='InterimCheckpointHook', minutes=ALWAYS)
    cfg.experiment_name = request.node.name
    runner = RUNNERS.build(cfg)
    runner.train()
    assert files(runner) == [f'iter_{number}' for number in range(1, 9)]


@pytest.mark.parametrize('minutes', [30, None])
def test_not_before_it_is_time(run_cfg, request, minutes):
    watch = Watch()
    build(run_cfg, request, minutes, watch).train()
    assert watch.seen == [[]] * 4 + [['epoch_1']] * 4


@pytest.mark.parametrize(
    ('iteration', 'regular'), [(2, True), (4, True), (8, False)], ids=['mid_epoch', 'end_of_epoch', 'end_of_run']
)
def test_a_signal_ends_the_run_after_the_iteration_and_nothing_is_lost(run_cfg, request, iteration, regular):
    # By epoch: what belongs to the end of an epoch must be done once, before the stop or after it.
    rates = dict(param_scheduler=[dict(type='StepLR', step_size=1, gamma=0.1)])
    whole = build(run_cfg, request, None, **rates)
    whole.train()
    folder = f'{whole.work_dir}_stopped'
    runner = build(run_cfg, request, None, Send(iteration), work_dir=folder, regular=regular, **rates)
    with pytest.raises(RunInterrupted, match=rf'SIGTERM .*iteration {iteration} of 8.*iter_{iteration}\.pth') as caught:
        runner.train()
    assert caught.value.status == 143
    assert files(runner) == [f'iter_{iteration}']  # no epoch has come to its end
    STOP.forget()
    saved = f'{folder}/iter_{iteration}.pth'
    resumed = build(run_cfg, request, None, work_dir=folder, load_from=saved, resume=True, **rates)
    resumed.train()
    ends = [load_checkpoint(f'{path}/epoch_2.pth') for path in (whole.work_dir, folder)]
    assert files(resumed) == (files(whole) if regular else ['epoch_2'])
    losses, rates = ([end['message_hub']['log_scalars'][key].data[0].tolist() for end in ends] for key in KEYS)
    assert losses[0] == losses[1]
    assert rates[0] == rates[1]
    assert ends[0]['param_schedulers'] == ends[1]['param_schedulers']
    assert all((value == ends[1]['state_dict'][name]).all() for name, value in ends[0]['state_dict'].items())


def test_ctrl_c_has_a_status_of_its_own(run_cfg, request):
    with pytest.raises(RunInterrupted, match='SIGINT') as caught:
        build(run_cfg, request, None, Send(3, signal.SIGINT)).train()
    assert caught.value.status == 130


@pytest.mark.parametrize('loop', ['EpochBasedTrainLoop', 'IterBasedTrainLoop'])
def test_it_serves_the_loops_of_mmengine(run_cfg, request, loop):
    length = {'max_epochs': 2} if loop.startswith('Epoch') else {'max_iters': 8}
    run_cfg['train_cfg'] = dict(type=loop, **length)
    run_cfg['param_scheduler'] = []
    run_cfg['train_dataloader']['sampler'] = dict(type='DefaultSampler', shuffle=True)
    runner = build(run_cfg, request, ALWAYS, Send(6))
    with pytest.raises(RunInterrupted, match='iteration 6 of 8'):
        runner.train()
    assert load_checkpoint(f'{runner.work_dir}/iter_6.pth')['meta']['iter'] == 6


@pytest.mark.parametrize('minutes', [0, -1, '30'])
def test_refuses_minutes_that_are_none(minutes):
    with pytest.raises(ConfigError, match='minutes'):
        InterimCheckpointHook(minutes)
