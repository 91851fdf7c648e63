"""Real trainings, interrupted and resumed."""

import copy

import pytest
import torch
from conftest import TEACHER
from mmengine.config import Config

from singer_mm.datasets import LoadRGBImage
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS, RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

LOSSES = ('train/loss', 'train/loss_kd', 'train/loss_outlier', 'train/loss_info')


def train(cfg, name, **changes):
    cfg = Config(copy.deepcopy(cfg))
    cfg.merge_from_dict(dict(experiment_name=name, **changes))
    runner = RUNNERS.build(cfg)
    runner.train()
    return runner


def history(runner):
    return {name: runner.message_hub.get_scalar(name).data[0].tolist() for name in LOSSES}


@pytest.mark.parametrize('num_workers', [0, 2])
@pytest.mark.parametrize('stop', [3, 4, 6], ids=['mid_epoch', 'end_of_epoch', 'second_epoch'])
def test_resumed_losses_are_those_of_the_uninterrupted_run(run_cfg, stop, num_workers):
    workers = {'train_dataloader.num_workers': num_workers}
    whole = train(run_cfg, f'whole_{stop}_{num_workers}', **workers)
    resumed = train(
        run_cfg,
        f'resumed_{stop}_{num_workers}',
        **workers,
        load_from=f'{whole.work_dir}/iter_{stop}.pth',
        resume=True,
        work_dir=f'{whole.work_dir}_resumed',
    )
    assert len(history(whole)['train/loss']) == 8
    assert history(resumed) == history(whole)
    last = [load_checkpoint(f'{runner.work_dir}/iter_8.pth')['state_dict'] for runner in (whole, resumed)]
    assert all((value == last[1][name]).all() for name, value in last[0].items())


def test_the_skipped_data_is_not_read(run_cfg, monkeypatch):
    whole = train(run_cfg, 'read_whole')
    read = []
    original = LoadRGBImage.__call__
    monkeypatch.setattr(LoadRGBImage, '__call__', lambda self, results: read.append(1) or original(self, results))
    train(
        run_cfg, 'read_rest', load_from=f'{whole.work_dir}/iter_6.pth', resume=True, work_dir=f'{whole.work_dir}_rest'
    )
    assert len(read) == 2 * 2  # two iterations of batch 2


def test_resuming_adopts_the_seed_of_the_checkpoint(run_cfg, tmp_path):
    # A teacher is no part of the checkpoint: a random one would be another one under another seed.
    torch.save(MODELS.build(TEACHER).vit.state_dict(), tmp_path / 'teacher.pth')
    run_cfg['model']['teacher']['checkpoint'] = str(tmp_path / 'teacher.pth')
    whole = train(run_cfg, 'seed_whole')
    resumed = train(
        run_cfg,
        'seed_other',
        load_from=f'{whole.work_dir}/iter_3.pth',
        resume=True,
        work_dir=f'{whole.work_dir}_other',
        randomness=dict(seed=99),
    )
    assert history(resumed) == history(whole)


def test_resuming_a_finished_run_trains_nothing(run_cfg):
    whole = train(run_cfg, 'finished')
    again = train(
        run_cfg, 'again', load_from=f'{whole.work_dir}/iter_8.pth', resume=True, work_dir=f'{whole.work_dir}_again'
    )
    assert again.iter == 8
    assert history(again) == history(whole)


def test_an_epoch_of_another_length_is_refused(run_cfg):
    whole = train(run_cfg, 'length')
    with pytest.raises(ConfigError, match='an epoch now has 8 iterations; resume with the data, batch size'):
        train(
            run_cfg,
            'other_length',
            load_from=f'{whole.work_dir}/iter_6.pth',
            resume=True,
            work_dir=f'{whole.work_dir}_other',
            **{'train_dataloader.batch_size': 1},
        )


def test_another_sampler_is_refused(run_cfg):
    with pytest.raises(ConfigError, match=r"needs train_dataloader\.sampler=dict\(type='ResumableSampler'\)"):
        train(run_cfg, 'sampler', **{'train_dataloader.sampler.type': 'DefaultSampler'})
