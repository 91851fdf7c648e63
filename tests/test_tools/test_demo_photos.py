import sys

import pytest
from PIL import Image

from singer_mm.errors import DataError

pytestmark = pytest.mark.slow


@pytest.fixture
def tool(load_tool):
    return load_tool('dataset_converters/demo_photos.py')


@pytest.fixture
def run(tool, monkeypatch, capsys):
    def run(*args):
        monkeypatch.setattr(sys, 'argv', ['demo_photos.py', *map(str, args)])
        tool.main()
        return capsys.readouterr().out

    return run


def test_all_photographs_are_whole_and_of_some_size(tool, tmp_path):
    tool.collect(tmp_path / 'photos')
    names = [photo.name for photo in tool.PHOTOS]
    assert len(set(names)) == len(names) == 10
    for name in names:
        with Image.open(tmp_path / 'photos' / name) as image:
            image.load()
            assert min(image.size) >= 300


def test_manifest_names_each_file_its_package_and_a_note(tool, tmp_path):
    tool.collect(tmp_path / 'photos')
    rows = (tmp_path / 'photos' / 'SOURCES.md').read_text().splitlines()[4:]
    cells = [[cell.strip() for cell in row.strip('|').split('|')] for row in rows]
    assert [cell[0] for cell in cells] == [photo.name for photo in tool.PHOTOS]
    assert {cell[1].split()[0] for cell in cells} == {'scikit-image', 'scikit-learn'}
    assert all(len(cell) == 3 and len(cell[2]) > 10 for cell in cells)
    assert {path.name for path in (tmp_path / 'photos').iterdir()} == {cell[0] for cell in cells} | {'SOURCES.md'}


def test_second_run_leaves_the_folder_alone(run, tmp_path):
    out = tmp_path / 'deep' / 'photos'
    assert '10 photographs' in run('--out', out)
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert 'nothing to do' in run('--out', out)
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_a_folder_of_someone_else_is_refused_and_kept(run, tmp_path):
    (tmp_path / 'mine.png').write_bytes(b'mine')
    with pytest.raises(SystemExit, match='--out'):
        run('--out', tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ['mine.png']


def test_an_incomplete_collection_is_noticed(tool, tmp_path):
    out = tmp_path / 'photos'
    tool.collect(out)
    assert tool.is_collected(out)
    (out / 'coffee.png').write_bytes((out / 'coffee.png').read_bytes()[:1000])
    assert not tool.is_collected(out)


def test_nothing_is_left_behind_when_copying_fails(tool, tmp_path, monkeypatch):
    calls = []

    def full_disk(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError(28, 'No space left on device')

    monkeypatch.setattr(tool.shutil, 'copyfile', full_disk)
    with pytest.raises(OSError, match='No space left'):
        tool.collect(tmp_path / 'photos')
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('package', 'path', 'message'),
    [
        ('no_such_package', 'a.png', 'pip install scikit-image'),
        ('skimage', 'data/no_such.png', 'data/no_such.png'),
    ],
)
def test_missing_package_or_file_is_named(tool, package, path, message):
    with pytest.raises(DataError, match=message):
        tool.locate(tool.Photo('scikit-image', package, path, ''))
