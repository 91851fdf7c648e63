"""Which job starts when, and what becomes of those that fail; the jobs themselves only write numbers here."""

import io
import json
import os
import signal
import time
from pathlib import Path

import pytest
from rich.console import Console

from singer_mm.benchmark.jobs import run_table as module
from singer_mm.benchmark.jobs.run_table import run_table
from singer_mm.errors import DataError
from singer_mm.utils import job_processes
from singer_mm.utils.atomic_path import write_json

WAIT_SECONDS = 60


@pytest.fixture
def table(monkeypatch):
    """Run jobs that call this function in their process; return failures and output."""

    def run(jobs, action, gpus=0):
        monkeypatch.setattr(module, 'run_job', action)
        monkeypatch.setattr(job_processes, 'POLL_SECONDS', 0.01)
        console = Console(file=io.StringIO(), width=60)
        failures = run_table(jobs, gpus, console)
        return failures, console.file.getvalue()

    return run


def write(job, value=50.0, alarms=()):
    content = dict(metrics={job.task.metric: value}, alarms=list(alarms))
    write_json(job.folder / 'result.json', content)  # other jobs may be reading it


def note(job, event):
    """Append a line to a log of all jobs; such short ones are written at once."""
    with open(job.settings.out / 'events', 'a') as file:
        file.write(f'{event} {job.task.name} {os.environ.get("CUDA_VISIBLE_DEVICES")}\n')


def events(job):
    return [line.split() for line in (job.settings.out / 'events').read_text().splitlines()]


def noted(job):
    note(job, 'start')
    write(job)
    note(job, 'end')


def test_one_after_the_other_in_the_order_of_the_table(table, job, monkeypatch):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    jobs = [job(name) for name in ('imagenet1k', 'imagenet_r', 'ade20k', 'pets')]
    failures, output = table(jobs, noted)
    assert failures == {}
    expected = [[event, one.task.name, 'None'] for one in jobs for event in ('start', 'end')]
    assert events(jobs[0]) == expected
    lines = output.splitlines()
    assert lines[0] == 'student: ImageNet-1K: accuracy/top1 50.00 (best: student 50.00), 0 s'
    assert len([line for line in lines if line]) == 4


@pytest.mark.parametrize(('visible', 'expected'), [(None, {'0', '1'}), ('5,7,9', {'5', '7'}), ('', {'0', '1'})])
def test_two_side_by_side_have_a_gpu_each(table, job, monkeypatch, visible, expected):
    if visible is None:
        monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    else:
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)

    def meet(one):
        note(one, 'start')
        deadline = time.monotonic() + WAIT_SECONDS
        while len(events(one)) < 2:  # ends when the other one has started, too
            assert time.monotonic() < deadline
            time.sleep(0.005)
        write(one)

    jobs = [job('aircraft'), job('pets')]
    failures, _ = table(jobs, meet, gpus=2)
    assert failures == {}
    assert {gpu for _, _, gpu in events(jobs[0])} == expected


def test_a_test_of_a_head_waits_for_it_while_others_run(table, job):
    jobs = [job('imagenet1k'), job('imagenet_r'), job('imagenet_v2'), job('aircraft')]

    def action(one):
        if one.task.name == 'imagenet1k':
            deadline = time.monotonic() + WAIT_SECONDS
            # The other GPU is not kept waiting.
            while not job('aircraft').read_result():
                assert time.monotonic() < deadline
                time.sleep(0.005)
        noted(one)

    failures, _ = table(jobs, action, gpus=2)
    assert failures == {}
    order = [(event, name) for event, name, _ in events(jobs[0])]
    trained = order.index(('end', 'imagenet1k'))
    assert order.index(('end', 'aircraft')) < trained
    assert trained < order.index(('start', 'imagenet_r')) and trained < order.index(('start', 'imagenet_v2'))


def test_a_failed_job_stops_no_other(table, job):
    jobs = [job(name) for name in ('imagenet1k', 'ade20k', 'nyud', 'aircraft', 'pets', 'food101')]
    reason = 'boxes are [left, top, width, height] in pixels [/data/x]: ' + 'a long sentence ' * 10

    def action(one):
        if one.task.name == 'imagenet1k':
            raise DataError(reason)
        if one.task.name == 'ade20k':
            raise ValueError('two lines\nof a library')
        if one.task.name == 'nyud':
            os.kill(os.getpid(), signal.SIGKILL)
        if one.task.name == 'aircraft':
            os._exit(7)
        noted(one)

    failures, output = table(jobs, action)
    log = jobs[1].folder / 'log.txt'
    assert list(failures) == jobs[:4]
    assert list(failures.values()) == [
        reason,
        f'ValueError: two lines (see {log}).',
        'the job was ended by SIGKILL; SIGKILL often means that memory ran out.',
        f'the job ended with status 7; see {jobs[3].folder / "log.txt"}.',
    ]
    for one, sentence in list(failures.items())[:3]:
        assert one.read_failure() == sentence
    for one, sentence in failures.items():
        # On one line, and with its brackets.
        assert f'{one.title}: failed: {sentence}' in output.splitlines()
    assert 'of a library' in log.read_text() and 'Traceback' in log.read_text()
    assert [name for _, name, _ in events(jobs[0])] == ['pets', 'pets', 'food101', 'food101']


def test_best_so_far_and_alarms(table, job):
    values = {'a': 61.0, 'b': 72.0, 'c': 65.0}
    jobs = [job('aircraft', label=label) for label in values] + [job('nyud', label=label) for label in values]

    def action(one):
        value = values[one.label]
        write(one, value / 50 if one.task.name == 'nyud' else value, ['labels [are] off.'] if one.label == 'c' else [])

    _, output = table(jobs, action)
    lines = [line for line in output.splitlines() if line]
    assert [line[line.index('(') : line.index(')') + 1] for line in lines if 'alarm' not in line] == [
        *('(best: a 61.00)', '(best: b 72.00)', '(best: b 72.00)'),
        *('(best: a 1.22)', '(best: a 1.22)', '(best: a 1.22)'),
    ]
    assert lines.count('  alarm: labels [are] off.') == 2


def test_a_test_without_its_metric_is_no_end_of_the_table(table, job):
    def action(one):
        (one.folder / 'result.json').write_text(json.dumps(dict(metrics={}, alarms=['the test gave no mIoU.'])))

    failures, output = table([job('ade20k')], action)
    assert failures == {}
    assert output.splitlines()[:2] == ['student: ADE20K: no mIoU, 0 s', '  alarm: the test gave no mIoU.']


def test_jobs_die_with_the_table(table, job):
    one = job('aircraft')
    pid_file = one.settings.out / 'pid'

    def action(_):
        pid_file.with_suffix('.part').write_text(str(os.getpid()))
        pid_file.with_suffix('.part').rename(pid_file)
        time.sleep(WAIT_SECONDS)

    one.settings.out.mkdir()
    parent = os.fork()
    if parent == 0:
        table([one], action)
        os._exit(0)
    deadline = time.monotonic() + WAIT_SECONDS
    while not pid_file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    child = Path('/proc') / pid_file.read_text() / 'stat'
    while child.exists() and child.read_text().rpartition(')')[2].split()[0] != 'Z':
        assert time.monotonic() < deadline
        time.sleep(0.005)
