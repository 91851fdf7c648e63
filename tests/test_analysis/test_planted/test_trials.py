import pytest

from singer_mm.analysis.planted.trials import Trials
from singer_mm.errors import DataError


def test_a_trial_is_trained_once(tmp_path):
    calls = []

    def train():
        calls.append(1)
        return {5: {'distance': 1 / 3}, 10: {'distance': 0.25}}

    expected = {5: {'distance': 0.333333}, 10: {'distance': 0.25}}
    for _ in range(2):
        assert Trials(tmp_path, dict(images='a')).measure(dict(seed=0), train) == expected
    assert len(calls) == 1


def test_whatever_decides_about_the_numbers_makes_another_trial(tmp_path):
    for facts, settings in (
        (dict(images='a'), dict(seed=0)),
        (dict(images='b'), dict(seed=0)),
        (dict(images='a'), dict(seed=1)),
    ):
        Trials(tmp_path, facts).measure(settings, lambda: {1: {}})
    assert len(list(tmp_path.glob('*.json'))) == 3


def test_a_training_that_fails_leaves_nothing(tmp_path):
    def fail():
        raise RuntimeError

    try:
        Trials(tmp_path, {}).measure({}, fail)
    except RuntimeError:
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('content', ['', '{"facts": 1}', '[]', '{"measures": 3}', '{"measures": {"last": {}}}'])
def test_a_damaged_trial_is_named(tmp_path, content):
    trials = Trials(tmp_path, {})
    trials.measure({}, lambda: {1: {}})
    [path] = tmp_path.iterdir()
    path.write_text(content)
    with pytest.raises(DataError, match=path.name):
        trials.measure({}, lambda: {1: {}})
