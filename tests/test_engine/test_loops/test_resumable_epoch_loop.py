"""Real trainings, interrupted and resumed."""

import copy

import pytest
import torch
from conftest import TEACHER
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn

from singer_mm.datasets import LoadRGBImage
from singer_mm.engine.runner import SafeRunner
from singer_mm.errors import ConfigError, DataError
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_skipped_data_is_not_read(run_cfg, monkeypatch):
    whole = train(run_cfg, 'read_whole')
    read = []
    original = LoadRGBImage.__call__
    monkeypatch.setattr(LoadRGBImage, '__call__', lambda self, results: read.append(1) or original(self, results))
    train(
        run_cfg, 'read_rest', load_from=f'{whole.work_dir}/iter_6.pth', resume=True, work_dir=f'{whole.work_dir}_rest'
    )
    assert len(read) == 2 * 2  # two iterations of batch 2


@pytest.mark.slow
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


@pytest.mark.slow
def test_resuming_a_finished_run_trains_nothing(run_cfg):
    whole = train(run_cfg, 'finished')
    again = train(
        run_cfg, 'again', load_from=f'{whole.work_dir}/iter_8.pth', resume=True, work_dir=f'{whole.work_dir}_again'
    )
    assert again.iter == 8
    assert history(again) == history(whole)


@pytest.mark.slow
def test_an_epoch_of_another_length_is_refused(run_cfg):
    whole = train(run_cfg, 'length')
    with pytest.raises(ConfigError, match='iteration 6 .*8 iterations'):
        train(
            run_cfg,
            'other_length',
            load_from=f'{whole.work_dir}/iter_6.pth',
            resume=True,
            work_dir=f'{whole.work_dir}_other',
            **{'train_dataloader.batch_size': 1},
        )


@pytest.mark.slow
def test_another_sampler_is_refused(run_cfg):
    with pytest.raises(ConfigError, match=r'train_dataloader\.sampler.*ResumableSampler'):
        train(run_cfg, 'sampler', **{'train_dataloader.sampler.type': 'DefaultSampler'})


TOTAL = {'train_dataloader.batch_size': None, 'total_batch_size': 4, 'model.student.drop_path_rate': 0.0}
SGD = {'optim_wrapper.optimizer': dict(type='SGD', lr=0.1, momentum=0.9, _delete_=True)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ('normalization', 'statistics'), [('none', 'teacher'), ('channel', 'teacher'), ('channel', 'target')]
)
def test_micro_batches_train_as_the_whole_batch_does(run_cfg, normalization, statistics):
    loss = dict(type='KDLoss', normalization=normalization, statistics=statistics)
    changes = {**TOTAL, **SGD, 'model.loss_kd': loss}
    whole = train(run_cfg, f'at_once_{normalization}_{statistics}', **changes)
    parts = train(run_cfg, f'in_parts_{normalization}_{statistics}', **changes, max_batch_per_gpu=1)
    assert (whole.train_loop.accumulation, parts.train_loop.accumulation) == (1, 4)
    assert whole.iter == parts.iter == 4  # an iteration is an optimizer step
    for name, values in history(whole).items():
        assert history(parts)[name] == pytest.approx(values, rel=1e-5)
    for name, value in whole.model.state_dict().items():
        torch.testing.assert_close(parts.model.state_dict()[name], value, rtol=0, atol=1e-5)
    rates = [runner.message_hub.get_scalar('train/lr').data[0].tolist() for runner in (whole, parts)]
    assert rates[0] == rates[1]


@pytest.mark.slow
def test_accumulated_runs_resume_as_the_others_do(run_cfg):
    changes = dict(TOTAL, max_batch_per_gpu=2)
    changes['model.student.drop_path_rate'] = 0.2
    whole = train(run_cfg, 'parts_whole', **changes)
    resumed = train(
        run_cfg,
        'parts_resumed',
        **changes,
        load_from=f'{whole.work_dir}/iter_3.pth',
        resume=True,
        work_dir=f'{whole.work_dir}_resumed',
    )
    assert history(resumed) == history(whole)
    last = [load_checkpoint(f'{runner.work_dir}/iter_4.pth')['state_dict'] for runner in (whole, resumed)]
    assert all(torch.equal(value, last[1][name]) for name, value in last[0].items())


def test_data_that_do_not_fill_a_batch_are_refused(run_cfg):
    with pytest.raises(DataError, match='8 samples.* 16'):
        train(run_cfg, 'few', **{**TOTAL, 'total_batch_size': 16})


@pytest.mark.slow
def test_a_warm_up_longer_than_the_training_is_refused(run_cfg):
    with pytest.raises(ConfigError, match=r'param_scheduler\.0\.end .*3.*2 epochs'):
        train(run_cfg, 'warm_up', **{'param_scheduler.0.end': 3})
    iterations = {'param_scheduler': [dict(type='LinearLR', by_epoch=False, end=9)]}
    with pytest.raises(ConfigError, match=r'param_scheduler\.0\.end .*9.*8 iterations'):
        train(run_cfg, 'warm_up_iterations', **iterations)


def test_a_loop_that_cannot_accumulate_is_named(run_cfg):
    with pytest.raises(ConfigError, match=r"train_cfg\.type .*'EpochBasedTrainLoop'"):
        train(run_cfg, 'other_loop', **{**TOTAL, 'train_cfg.type': 'EpochBasedTrainLoop'}, max_batch_per_gpu=1)


class Normalized(BaseModel):
    """A model of one batch norm."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3 * 32 * 32)

    def forward(self, inputs, data_samples=None, mode='loss'):
        return dict(loss=self.norm(torch.stack(inputs).float().flatten(1)).square().mean())


@pytest.mark.slow
def test_a_batch_norm_sees_micro_batches_only_where_the_config_says_so(run_cfg):
    loader = {**run_cfg['train_dataloader'], 'batch_size': None}
    runners = [
        SafeRunner(
            model=Normalized(),
            work_dir=run_cfg['work_dir'],
            train_dataloader=loader,
            train_cfg=dict(type='ResumableEpochLoop', max_epochs=1, **allowed),
            optim_wrapper=run_cfg['optim_wrapper'],
            default_scope='singer_mm',
            experiment_name=f'batch_norm_{len(allowed)}',
            cfg=dict(total_batch_size=4, max_batch_per_gpu=2),
        )
        for allowed in ({}, dict(micro_batch_norm=True))
    ]
    with pytest.raises(ConfigError, match=r'norm is a BatchNorm1d.*micro_batch_norm=True'):
        runners[0].train()
    runners[1].train()
    assert runners[1].iter == 2
