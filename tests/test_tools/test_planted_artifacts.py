import json
import sys

import pytest
from conftest import ROOT, STUDENT, TEACHER

sys.path.insert(0, str(ROOT / 'tools/analysis'))
import planted_artifacts

from singer_mm.analysis.planted.planted_study import TUNING_SEED

pytestmark = pytest.mark.slow


@pytest.fixture
def base(tmp_path):
    model = dict(
        type='SiNGERDistiller',
        teacher=dict(TEACHER, embed_dim=192, num_heads=3),
        student=STUDENT,
        teacher_layers=[3, 5],
        refiner=dict(type='NullspaceAdapter', rank=6),
    )
    path = tmp_path / 'base.py'
    path.write_text(f'model = {model!r}\n')
    return path


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['planted_artifacts.py', *map(str, arguments)])
    planted_artifacts.main()


def options_for(base, image_folder, out):
    networks = ('--config', base, '--only', 'FitNet', 'SiNGER', '--directions', 'none', 'oblique', '--seeds', 2)
    data = ('--steps', 10, '--size', 32, '--images', image_folder, '--held-out', image_folder, '--out', out)
    return networks + data


def test_one_command_for_table_numbers_and_pictures(base, image_folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'out'
    options = options_for(base, image_folder, out)
    call(monkeypatch, *options)
    results = json.loads((out / 'results.json').read_text())['results']
    assert list(results) == ['none', 'oblique']
    assert [len(seeds) for seeds in results['oblique'].values()] == [2, 2]
    seed = results['none']['SiNGER'][0]
    assert list(seed) == ['1', '2', '4', '6', '8', '10']
    assert 'artifact left' not in seed['10']
    assert results['oblique']['FitNet'][0]['10']['artifact left'] == pytest.approx(1)
    table = (out / 'table.md').read_text()
    for heading in ('### No artifacts', '### Oblique to the nullspace', '### Paired differences'):
        assert heading in table
    for picture in ('planted_artifacts.png', 'planted_curves.png'):
        assert (out / picture).read_bytes().startswith(b'\x89PNG')
    assert 'student distance: share of the variance' in capsys.readouterr().out


def test_an_interrupted_experiment_goes_on_with_the_same_numbers(base, image_folder, tmp_path, monkeypatch):
    """Several processes share the folder in this way, too: one for each direction, then one for the tables."""
    out = tmp_path / 'out'
    options = options_for(base, image_folder, out)
    call(monkeypatch, *options)
    first = json.loads((out / 'results.json').read_text())['results']
    trained = sorted((out / 'trials').iterdir())
    assert len(trained) == 8
    lost, *kept = trained
    lost.unlink()
    times = [file.stat().st_mtime_ns for file in kept]
    call(monkeypatch, *options)
    assert json.loads((out / 'results.json').read_text())['results'] == first
    assert [file.stat().st_mtime_ns for file in kept] == times
    call(monkeypatch, *options, '--vectors', 2)
    assert len(list((out / 'trials').iterdir())) == 8 + 4  # of the teacher with artifacts; the other has none to vary


def test_each_method_takes_its_best_learning_rate(base, image_folder, tmp_path, monkeypatch):
    out = tmp_path / 'out'
    call(monkeypatch, *options_for(base, image_folder, out), '--learning-rates', '1e-6', '1e-2')
    rates = json.loads((out / 'results.json').read_text())['learning_rates']
    assert {rate for methods in rates.values() for rate in methods.values()} == {1e-2}  # 1e-6 learns nothing
    trials = [json.loads(file.read_text())['facts'] for file in (out / 'trials').iterdir()]
    assert {trial['seed'] for trial in trials if trial['schedule']['learning_rate'] == 1e-6} == {TUNING_SEED}
    assert {trial['seed'] for trial in trials} == {0, 1, TUNING_SEED}
    assert '### Learning rates' in (out / 'table.md').read_text()
    call(monkeypatch, *options_for(base, image_folder, tmp_path / 'again'), '--rates-of', out / 'results.json')
    again, first = (json.loads((folder / 'results.json').read_text()) for folder in (tmp_path / 'again', out))
    assert again['learning_rates'] == rates
    assert again['results'] == first['results']


@pytest.mark.parametrize('option', ['--seeds=0', '--steps=5', '--vectors=0', '--learning-rates=-1'])
def test_a_number_out_of_range_is_refused(base, monkeypatch, capsys, option):
    with pytest.raises(SystemExit) as ended:
        call(monkeypatch, '--config', base, option)
    assert ended.value.code == 2
    assert option.partition('=')[0] in capsys.readouterr().err


def test_bad_input_is_one_sentence(base, monkeypatch):
    for options, sentence in (
        (['--only', 'Other'], "'Other'"),
        (['--config', 'none.py'], 'none.py'),
        (['--rates-of', __file__], 'results.json'),
    ):
        with pytest.raises(SystemExit, match='^error: ') as ended:
            call(monkeypatch, '--config', base, *options)
        assert sentence in ended.value.code
