import sys

import pytest
from few_images import Few

from singer_mm.mini.suite import make_suite
from singer_mm.mini.writers import PetsWriter


@pytest.fixture
def run(load_tool, monkeypatch, capsys):
    tool = load_tool('make_mini_suite.py')

    def few(*args, **kwargs):
        return make_suite(*args, writers=(Few(PetsWriter(), slice(4)),), **kwargs)

    def run(*args):
        monkeypatch.setattr(tool, 'make_suite', few)
        monkeypatch.setattr(sys, 'argv', ['make_mini_suite.py', '--workers', '1', *map(str, args)])
        tool.main()
        return capsys.readouterr().out

    return run


@pytest.mark.slow
def test_draws_once_and_shows_progress(run, tmp_path):
    out = tmp_path / 'deep' / 'mini'
    printed = run('--out', out)
    assert 'Oxford-IIIT_Pets' in printed and '4/4' in printed
    assert f'1 datasets in {out}' in printed
    before = {path: path.stat().st_mtime_ns for path in out.rglob('*')}
    assert 'complete for seed 0, nothing to do' in run('--out', out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob('*')} == before
    assert '1 datasets' in run('--out', out, '--seed', 1)


def test_a_folder_in_the_way_is_one_sentence(run, tmp_path):
    (tmp_path / 'Oxford-IIIT_Pets').mkdir()
    with pytest.raises(SystemExit, match='error: .*Oxford-IIIT_Pets .*--out'):
        run('--out', tmp_path)
