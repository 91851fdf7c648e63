"""The numbers of many students on chosen tasks, for experiments that compare them."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from singer_mm.errors import ConfigError, SingerError

from .tasks import PROTOCOLS, TASKS

BENCHMARK = Path(__file__).resolve().parents[2] / 'tools/benchmark.py'


def check_tasks(tasks: Sequence[str]) -> dict[str, list[str]]:
    """Sort ``PROTOCOL/TASK`` by protocol.

    Raises:
        ConfigError: If one does not exist.
    """
    sorted_tasks = defaultdict[str, list[str]](list)
    for entry in tasks:
        protocol, _, task = entry.partition('/')
        if task not in PROTOCOLS.get(protocol, {}):
            known = [f'{name}/{task}' for name, tasks_of in PROTOCOLS.items() for task in tasks_of]
            raise ConfigError(f'--tasks names {entry!r}; allowed: {", ".join(known)}.')
        sorted_tasks[protocol].append(task)
    return dict(sorted_tasks)


def evaluate_students(
    students: Mapping[str, Path],
    tasks: Mapping[str, Sequence[str]],
    data: str | None,
    out: Path,
    options: Sequence[str] = (),
) -> dict[str, dict[str, float]]:
    """Evaluate students with ``tools/benchmark.py``; its output is this process's.

    Args:
        students: Label to file.
        tasks: Protocol to tasks.
        data: Its ``--data``.
        out: Folder for the benchmark's own tables.
        options: Further options of the benchmark.

    Returns:
        Label to column (``PROTOCOL/TASK``) to headline number.

    Raises:
        SingerError: If a task failed.
    """
    values: dict[str, dict[str, float]] = {label: {} for label in students}
    for protocol, names in tasks.items():
        folder = out / protocol
        command = [sys.executable, str(BENCHMARK), *(f'{label}:{file}' for label, file in students.items())]
        command += ['--protocol', protocol, '--tasks', *names, '--out', str(folder), *options]
        status = subprocess.run([*command, *(['--data', data] if data else [])]).returncode
        if status:
            raise SingerError(f'tools/benchmark.py --protocol {protocol} failed; fix what it says and run this again.')
        for entry in json.loads((folder / 'results.json').read_text())['jobs']:
            value = TASKS[entry['task']].headline(entry['metrics'])
            if entry['task'] in names and value is not None:
                values[entry['backbone']['label']][f'{protocol}/{entry["task"]}'] = value
    return values
