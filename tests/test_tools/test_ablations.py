import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from conftest import ROOT
from mmengine.config import Config

sys.path.insert(0, str(ROOT / 'tools'))
import ablations

from singer_mm.analysis.ablations.labelled_images import LabelledImages

pytestmark = pytest.mark.slow


@pytest.fixture
def small_set(run_cfg, tmp_path):
    """A set of two variants on the tiny run."""
    run_cfg['custom_imports'] = dict(imports=['singer_mm.registry'])
    run_cfg['model']['refiner'] = dict(type='NullspaceAdapter', rank=6)
    del run_cfg['work_dir']
    (tmp_path / 'base.py').write_text(Config(run_cfg).pretty_text)
    path = tmp_path / 'small_set.py'
    path.write_text(
        "base_config = 'base.py'\n"
        "variants = {'plain': dict(refiner=None, loss_outlier=None, loss_info=None), 'refined': dict()}\n"
    )
    return path


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['ablations.py', *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        ablations.main()
    return ended.value.code


def test_trains_measures_and_goes_on(small_set, image_folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'out'
    arguments = (small_set, '--images', image_folder, '--jobs', 2, '--out', out)
    assert call(monkeypatch, *arguments) is None
    results = json.loads((out / 'results.json').read_text())['variants']
    assert list(results) == ['plain', 'refined']
    assert results['plain'][0]['norm ratio'] == 1
    assert results['refined'][0]['norm ratio'] != 1
    assert '| refined |' in (out / 'table.md').read_text()
    assert (out / 'refined/seed0/student.safetensors').exists()

    before = (out / 'refined/seed0/student.safetensors').stat().st_mtime_ns
    capsys.readouterr()
    assert call(monkeypatch, *arguments) is None
    assert '2 of 2 trainings' in capsys.readouterr().out
    assert (out / 'refined/seed0/student.safetensors').stat().st_mtime_ns == before


def test_a_failed_variant_does_not_stop_the_others(small_set, image_folder, tmp_path, monkeypatch):
    small_set.write_text(small_set.read_text().replace("'refined': dict()", "'wide': dict(refiner=dict(rank=49))"))
    out = tmp_path / 'out'
    message = call(monkeypatch, small_set, '--images', image_folder, '--out', out)
    assert re.search(r'wide, seed 0: .*rank 49 .*1 to 48', message)
    assert list(json.loads((out / 'results.json').read_text())['variants']) == ['plain']


@pytest.fixture
def labelled_folder(image_folder, tmp_path):
    """Two classes of noise."""
    images = sorted(image_folder.rglob('*.png'))[:8]
    for index, image in enumerate(images):
        folder = tmp_path / 'labelled' / ('train' if index < 4 else 'test') / f'class{index % 2}'
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(image, folder)
    return tmp_path / 'labelled'


def test_labelled_images_compare_also_what_is_not_distilled(small_set, labelled_folder, tmp_path, monkeypatch):
    # Any config that exports a student can be a baseline.
    shutil.copy(tmp_path / 'base.py', tmp_path / 'other.py')
    small_set.write_text(
        f"{small_set.read_text()}baselines = {{'alone': './other.py'}}\n"
        f"labelled = dict(folder='{labelled_folder}', size=32)\n"
    )
    out = tmp_path / 'out'
    assert call(monkeypatch, small_set, '--only', 'refined', 'alone', '--out', out) is None
    results = json.loads((out / 'results.json').read_text())
    rows = results['variants']
    assert list(rows) == ['teacher', 'random weights', 'refined', 'alone']
    probes = [f'{probe}, {tokens}' for tokens in ('CLS', 'patch mean') for probe in ('k-NN', 'ridge', 'linear')]
    for title in rows:
        assert all(0 <= rows[title][0][probe] <= 100 for probe in probes)
    assert 'distance' in rows['refined'][0]
    assert 'distance' not in rows['alone'][0]
    assert results['digests'].keys() == rows.keys()

    def measured_again(*arguments):
        raise AssertionError

    # The second call reads the accuracies; other settings are measured again.
    monkeypatch.setattr(LabelledImages, '_measure', measured_again)
    assert call(monkeypatch, small_set, '--only', 'refined', 'alone', '--out', out) is None
    small_set.write_text(small_set.read_text().replace('size=32', 'size=32, train=2'))
    with pytest.raises(AssertionError):
        ablations.main()


@pytest.mark.parametrize(
    ('options', 'named'),
    [
        (['--tasks', 'knn/ade20k'], r'--tasks .*knn/ade20k.*allowed'),
        (['--seeds', '0'], r'--seeds .*0'),
        (['--only', 'other'], r'small_set.*other'),
        (['--config', 'none.py'], r'none\.py'),
    ],
)
def test_bad_input_is_one_sentence(small_set, tmp_path, monkeypatch, options, named):
    message = call(monkeypatch, small_set, '--out', tmp_path / 'out', *options)
    assert re.search(rf'^error: .*{named}', message)
    assert '\n' not in message


def test_the_trainings_are_those_of_the_tool_of_that_name():
    from singer_mm.analysis.ablations.variant_run import TRAIN
    from singer_mm.benchmark.evaluate_students import BENCHMARK

    for path, name in ((TRAIN, 'train.py'), (BENCHMARK, 'benchmark.py')):
        assert path.samefile(Path(ROOT / 'tools' / name))
