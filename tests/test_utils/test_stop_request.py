import os
import signal
import subprocess
import sys

import pytest

from singer_mm.errors import RunInterrupted
from singer_mm.utils.stop_request import CAUSES, SIGNALS, TIME_LIMIT, StopRequest


@pytest.fixture
def stop():
    """With the signals as they are by default: under nohup SIGHUP is ignored, and a StopRequest leaves it so."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield StopRequest()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize('number', SIGNALS)
def test_a_signal_is_a_wish_and_nothing_else(stop, number):
    with stop.scope():
        stop.listen()
        os.kill(os.getpid(), number)
        assert [cause for cause in CAUSES if stop.is_asked_by(cause)] == [number.name]
        assert CAUSES[number.name] == 128 + number


def test_signals_are_given_back_unless_the_process_is_about_to_end(stop):
    before = signal.getsignal(signal.SIGTERM)
    with stop.scope():
        stop.listen()
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(RunInterrupted), stop.scope():
        stop.listen()
        raise RunInterrupted('interrupted.', 143)
    assert signal.getsignal(signal.SIGTERM) != before


def test_ignored_signals_stay_ignored(stop):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop.listen()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_the_time_limit(stop):
    assert not stop.is_asked_by(TIME_LIMIT)
    stop.limit(3600)
    assert not stop.is_asked_by(TIME_LIMIT)
    stop.limit(0)
    assert stop.is_asked_by(TIME_LIMIT)
    stop.forget()
    assert not any(stop.is_asked_by(cause) for cause in CAUSES)


TWICE = """
import os, signal, time
from singer_mm.utils.stop_request import STOP
STOP.listen()
os.kill(os.getpid(), signal.SIGINT)
print('first', STOP.is_asked_by('SIGINT'), flush=True)
os.kill(os.getpid(), signal.SIGINT)
print('second', flush=True)
"""


@pytest.mark.parametrize(
    ('environment', 'status', 'said'),
    [({}, -signal.SIGINT, ['first True']), ({'TORCHELASTIC_RUN_ID': 'x'}, 0, ['first True', 'second'])],
    ids=['alone', 'one_key_under_torchrun'],
)
def test_the_second_sigint_ends_at_once(environment, status, said):
    clean = {key: value for key, value in os.environ.items() if key != 'TORCHELASTIC_RUN_ID'}
    result = subprocess.run(
        [sys.executable, '-c', TWICE], capture_output=True, text=True, env={**clean, **environment}, timeout=60
    )
    assert result.returncode == status, result.stderr
    assert result.stdout.splitlines() == said
