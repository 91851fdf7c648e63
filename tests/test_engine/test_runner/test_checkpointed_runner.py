import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from singer_mm.errors import CheckpointError
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.run_marker import read_run_id

pytestmark = pytest.mark.slow


@pytest.fixture
def build(run_cfg, request):
    built = []

    def build(**changes):
        built.append(changes)
        cfg = Config(dict(run_cfg, experiment_name=f'{request.node.name}{len(built)}'))
        cfg.merge_from_dict(changes)
        return RUNNERS.build(cfg)

    return build


@pytest.fixture
def change(build, tmp_path):
    """Train, change the last checkpoint by a function of its content, and resume from it."""

    def change(edit, **changes):
        trained = build()
        trained.train()
        checkpoint = load_checkpoint(f'{trained.work_dir}/iter_8.pth')
        edit(checkpoint)
        torch.save(checkpoint, tmp_path / 'changed.pth')
        resumed = build(resume=True, load_from=str(tmp_path / 'changed.pth'), **{'train_cfg.max_epochs': 3, **changes})
        resumed.train()
        return resumed

    return change


def test_code_in_a_checkpoint_is_not_executed(change, tmp_path):
    marker = tmp_path / 'executed'
    code = f'from pathlib import Path\nPath({str(marker)!r}).touch()\ngpu_ids = [0, 1, 2]\n'
    resumed = change(lambda checkpoint: checkpoint['meta'].update(config=code, cfg=code))
    assert resumed.iter == 12
    assert not marker.exists()


def test_a_file_that_a_checkpoint_names_is_not_removed(change, tmp_path):
    """MMEngine removes the best checkpoint so far once there is a better one, by the path in the file."""
    precious = tmp_path / 'precious.pth'
    precious.touch()

    def edit(checkpoint):
        information = checkpoint['message_hub']['runtime_info']
        information.update(best_ckpt=str(precious), interim_checkpoint=str(precious), keep_ckpt_ids=['../precious'])
        information['last_ckpt'] = str(tmp_path / 'work_dir/iter_8.pth')  # its own: stays

    resumed = change(edit)
    information = resumed.message_hub.runtime_info
    assert str(precious) not in map(str, information.values())
    assert '../precious' not in information.get('keep_ckpt_ids', [])
    assert precious.exists()


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (lambda c: c.pop('optimizer'), 'optimizer.*load_from'),
        (lambda c: c.pop('param_schedulers'), 'param_schedulers'),
        (lambda c: c['param_schedulers'].pop(), r'\b1 param_schedulers.*\b2\b'),
        (lambda c: c.update(optimizer=3), 'optimizer is 3'),
        (lambda c: c['optimizer'].pop('param_groups'), r'optimizer\.param_groups is None'),
        (lambda c: c['optimizer']['param_groups'].append(dict(params=[])), r'optimizer\.param_groups'),
        (lambda c: c.pop('meta'), 'meta is None'),
        (lambda c: c['meta'].pop('iter'), r'meta\.iter is None'),
        (lambda c: c['meta'].update(epoch=-1), r'meta\.epoch is -1'),
        (lambda c: c['meta'].update(epoch=10**9), r'meta\.epoch is 1000000000 and meta\.iter\b.* 8'),
        (lambda c: c['param_schedulers'].__setitem__(0, {}), r'param_schedulers\.0\.last_step is None'),
        (lambda c: c['optimizer']['state'].clear(), r'optimizer\.state\b'),
        (lambda c: c['meta'].update(seed='x'), r"meta\.seed is 'x'"),
        (lambda c: c['message_hub'].pop('log_scalars'), r'message_hub\.log_scalars is None'),
        (lambda c: c.update(state_dict=[1]), r'state_dict is \['),
        (lambda c: c['state_dict'].update(extra=3), r'int.*state_dict\.extra'),
        (lambda c: c['state_dict']['student.vit.norm.weight'].fill_(float('nan')), r"'student\.vit\.norm\.we"),
        (
            lambda c: c['optimizer']['state'][0]['exp_avg_sq'].view(-1)[0].fill_(float('inf')),
            r'exp_avg_sq of \S+',
        ),
        (
            lambda c: c['state_dict'].update({'student.vit.norm.weight': torch.ones(24).char()}),
            r"int8.*'student\.vit\.n",
        ),
        (lambda c: c.update(ema_state_dict={'module.none': torch.ones(1)}), r'ema_state_dict\.module\.none'),
    ],
)
def test_a_checkpoint_that_nothing_can_go_on_from_is_refused(change, edit, message):
    with pytest.raises(CheckpointError, match=rf'changed\.pth.*{message}'):
        change(edit)


def test_weights_alone_may_still_be_loaded(build, tmp_path):
    trained = build()
    trained.train()
    state_dict = load_checkpoint(f'{trained.work_dir}/iter_8.pth')['state_dict']
    torch.save(dict(state_dict=state_dict), tmp_path / 'weights.pth')
    build(load_from=str(tmp_path / 'weights.pth')).train()


def test_a_callable_map_location_is_asked(build):
    trained = build()
    trained.train()
    asked = set()
    trained.load_checkpoint(
        f'{trained.work_dir}/iter_8.pth', map_location=lambda storage, location: asked.add(location) or storage
    )
    assert asked == {'cpu'}


def run_of(runner, name):
    return load_checkpoint(f'{runner.work_dir}/{name}')['meta'].get('run_id')


def test_resuming_takes_the_checkpoint_of_this_run(build):
    first = build(**{'train_cfg.max_epochs': 4})
    first.train()
    second = build()
    second.train()
    assert run_of(second, 'iter_16.pth') != run_of(second, 'iter_8.pth') == read_run_id(second.work_dir)

    resumed = build(resume=True, **{'train_cfg.max_epochs': 3})  # as mmseg's and mmpretrain's own tools ask for it
    resumed.train()
    assert resumed._load_from.endswith('iter_8.pth')
    assert run_of(resumed, 'iter_12.pth') == run_of(resumed, 'iter_8.pth')
    assert run_of(resumed, 'iter_16.pth') != run_of(resumed, 'iter_8.pth')


def test_a_run_without_a_checkpoint_of_its_own_takes_no_other_one(build):
    first = build()
    first.train()
    Path(first.work_dir, 'run_id.txt').write_text('that of a run which was killed at once\n')
    with pytest.raises(CheckpointError, match=r'iter_8\.pth'):
        build(resume=True).train()
    resumed = build(resume=True, load_from=f'{first.work_dir}/iter_6.pth')  # said by hand: a branch of its own
    resumed.train()
    assert run_of(resumed, 'iter_8.pth') == read_run_id(resumed.work_dir) != run_of(resumed, 'iter_6.pth')


def test_runs_of_older_versions_go_on(build):
    trained = build()
    trained.train()
    for path in Path(trained.work_dir).glob('iter_*.pth'):
        checkpoint = load_checkpoint(path)
        del checkpoint['meta']['run_id']
        torch.save(checkpoint, path)
    os.unlink(f'{trained.work_dir}/run_id.txt')
    resumed = build(resume=True, **{'train_cfg.max_epochs': 3})
    resumed.train()
    assert resumed.iter == 12
    assert run_of(resumed, 'iter_12.pth') is None
    assert read_run_id(resumed.work_dir) is None


def test_unfinished_files_of_killed_writers_are_removed(build):
    dead = subprocess.run([sys.executable, '-c', 'import os; print(os.getpid())'], capture_output=True, text=True)
    runner = build()
    unfinished = Path(runner.work_dir) / f'.iter_9.pth.{int(dead.stdout)}.tmp'
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_bytes(b'half')
    runner.train()
    assert not unfinished.exists()
