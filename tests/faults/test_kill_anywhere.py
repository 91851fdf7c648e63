"""Three of the ways to end a training; ``kill_anywhere.py --runs 30`` goes through all of them."""

import pytest
from faults.kill_anywhere import KILLS, Trainings

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def trainings(tmp_path_factory):
    return Trainings(tmp_path_factory.mktemp('trainings'))


@pytest.mark.parametrize(('name', 'share'), [('SIGKILL', 0.8), ('SIGTERM', 0.3), ('SIGKILL of one rank', 0.9)])
def test_a_killed_training_goes_on_to_the_same_end(trainings, name, share):
    number, kill = next((number, kill) for number, kill in enumerate(KILLS) if kill.name == name)
    assert trainings.killed(kill, share, number, beside=name == 'SIGTERM') == ''
