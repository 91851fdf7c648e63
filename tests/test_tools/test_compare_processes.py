"""The number of processes changes nothing: five steps of every protocol by one, by two, and in micro-batches."""

import json
import math
import os
import subprocess
import sys

import pytest
from conftest import ROOT
from random_datasets import write_random_datasets

from singer_mm.runs.processes.cases import CASES

pytestmark = pytest.mark.slow

TOOL = ROOT / 'tools/analysis/compare_processes.py'
SETTINGS = ('2', '1x2')


@pytest.fixture(scope='module')
def differences(tmp_path_factory):
    """What the tool finds, by case and setting."""
    folder = tmp_path_factory.mktemp('processes')
    write_random_datasets(folder / 'data')
    result = subprocess.run(
        [sys.executable, TOOL, '--data', 'data', '--out', 'out'],
        cwd=folder,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert (folder / 'out/differences.json').is_file(), result.stderr[-3000:]
    found = json.loads((folder / 'out/differences.json').read_text())
    return found, result


def test_the_tool_says_that_all_are_equal(differences):
    found, result = differences
    assert set(found) == {case.name for case in CASES}
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize('setting', SETTINGS)
@pytest.mark.parametrize('case', CASES, ids=lambda case: case.name)
def test_losses_weights_and_metrics_are_those_of_one_process(differences, case, setting):
    found = differences[0][case.name][setting]
    assert all(math.isfinite(value) for value in found.values())
    assert found['loss'] <= case.tolerance
    assert found['weights'] <= case.tolerance
    # Seven test images, which two processes cannot share equally: none is missed, none counts twice.
    assert found['metrics'] <= (1e-3 if case.tolerance == 1e-5 else 2)
    if 'knn' not in case.name:
        assert found['moved'] > 20 * found['weights']  # there was something to agree on


def test_a_number_that_does_not_divide_the_batch_is_named(tmp_path):
    result = subprocess.run(
        [sys.executable, TOOL, '--processes', '3', '--out', tmp_path], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith('error: 3 does not divide')
