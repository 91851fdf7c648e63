import json
import sys

import pytest
from conftest import ROOT, STUDENT, TEACHER

sys.path.insert(0, str(ROOT / 'tools/analysis'))
import planted_artifacts

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


def test_one_command_for_table_numbers_and_picture(base, image_folder, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'out'
    call(
        monkeypatch,
        *('--config', base, '--only', 'FitNet', 'SiNGER', '--directions', 'none', 'oblique', '--seeds', 2),
        *('--steps', 10, '--size', 32, '--images', image_folder, '--held-out', image_folder, '--out', out),
    )
    results = json.loads((out / 'results.json').read_text())['results']
    assert list(results) == ['none', 'oblique']
    assert [len(seeds) for seeds in results['oblique'].values()] == [2, 2]
    assert 'artifact left' not in results['none']['SiNGER'][0]
    assert results['oblique']['FitNet'][0]['artifact left'] == pytest.approx(1)
    table = (out / 'table.md').read_text()
    assert '### No artifacts' in table
    assert '### Oblique to the nullspace' in table
    assert (out / 'planted_artifacts.png').read_bytes().startswith(b'\x89PNG')
    assert 'student distance: share of the variance' in capsys.readouterr().out


def test_bad_input_is_one_sentence(base, monkeypatch):
    for options, sentence in (
        (['--steps', 5], '--seeds is 3 and --steps 5; allowed: from 1, and from 10.'),
        (['--only', 'Other'], "has no variant 'Other'"),
        (['--config', 'none.py'], 'base config none.py does not exist'),
    ):
        with pytest.raises(SystemExit, match='^error: ') as ended:
            call(monkeypatch, '--config', base, *options)
        assert sentence in ended.value.code
