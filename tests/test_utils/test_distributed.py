"""How processes were launched, and what is wrong with it."""

import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.utils.distributed import (
    VARIABLES,
    init_gloo_without_gpu,
    launched_processes,
    launched_rank,
    mean_over_processes,
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in {name for names in VARIABLES.values() for name in names}:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_one_process_without_a_launcher(environment):
    assert launched_processes('none') == 1
    environment.setenv('WORLD_SIZE', '1')
    assert launched_processes('none') == 1


def test_the_launcher_says_how_many(environment):
    settings = dict(RANK='3', LOCAL_RANK='1', WORLD_SIZE='4', MASTER_ADDR='x', MASTER_PORT='1')
    for name, value in settings.items():
        environment.setenv(name, value)
    assert launched_processes('pytorch') == 4


def test_the_rank_before_the_processes_have_met(environment):
    environment.setenv('RANK', '3')
    environment.setenv('SLURM_PROCID', '2')
    assert (launched_rank('pytorch'), launched_rank('slurm'), launched_rank('none')) == (3, 2, 0)


def test_several_processes_without_a_launcher_are_refused(environment):
    environment.setenv('WORLD_SIZE', '2')
    with pytest.raises(ConfigError, match=r'WORLD_SIZE.*2.*--launcher pytorch'):
        launched_processes('none')


@pytest.mark.parametrize(
    ('launcher', 'named'), [('pytorch', 'WORLD_SIZE'), ('slurm', 'SLURM_NTASKS'), ('mpi', 'OMPI_COMM_WORLD_SIZE')]
)
def test_a_launcher_that_started_nothing_is_refused(launcher, named):
    with pytest.raises(ConfigError, match=f'--launcher {launcher} .*{named}.*dist_train.sh'):
        launched_processes(launcher)


def test_an_unknown_launcher_is_named():
    with pytest.raises(ConfigError, match="'ssh'.*none, pytorch, slurm, mpi"):
        launched_processes('ssh')


@pytest.mark.skipif(torch.cuda.is_available(), reason='there is a GPU')
def test_without_a_gpu_only_torchrun_works():
    with pytest.raises(ConfigError, match='--launcher slurm.*GPU'):
        init_gloo_without_gpu('slurm')


def test_the_mean_over_one_process_is_the_value_itself():
    value = torch.tensor([1.0, 2.0], requires_grad=True)
    mean = mean_over_processes(value)
    assert torch.equal(mean, value.detach())
    assert not mean.requires_grad
    assert mean_over_processes(torch.tensor(3)).item() == 3
