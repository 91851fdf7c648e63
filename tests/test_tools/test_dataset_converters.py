import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_preparation.downloads import files, pack
from test_preparation.tiny_datasets import make, mini

from singer_mm.preparation import OFFICIAL, check_dataset
from singer_mm.preparation import archives as archives_module

pytestmark = pytest.mark.slow

TOOLS = Path(__file__).parents[2] / 'tools' / 'dataset_converters'

# Which part of a prepared folder the official archive holds, and under which name inside.
ARCHIVES = dict(
    imagenet_r={'imagenet-r.tar': [('.', 'imagenet-r')]},
    imagenet_v2={'imagenetv2-matched-frequency.tar.gz': [('.', './imagenetv2-matched-frequency-format-val')]},
    ade20k={'ADEChallengeData2016.zip': [('.', 'ADEChallengeData2016')]},
    inat2019={
        'train_val2019.tar.gz': [('train_val2019', 'train_val2019')],
        'train2019.json.tar.gz': [('train2019.json', 'train2019.json')],
        'val2019.json.tar.gz': [('val2019.json', 'annotations/val2019.json')],
    },
    aircraft={'fgvc-aircraft-2013b.tar.gz': [('.', 'fgvc-aircraft-2013b')]},
    pets={'images.tar.gz': [('images', 'images')], 'annotations.tar.gz': [('annotations', './annotations')]},
    food101={'food-101.tar.gz': [('.', 'food-101')]},
    flowers102={'102flowers.tgz': [('jpg', 'jpg')], 'imagelabels.mat': None, 'setid.mat': None},
    coco={
        'annotations_trainval2017.zip': [('annotations', 'annotations')],
        'train2017.zip': [('train2017', 'train2017')],
        'val2017.zip': [('val2017', 'val2017')],
    },
)


@pytest.fixture
def run(load_tool, monkeypatch, capsys):
    """Run a converter's command line; return its output."""

    def run(name, *args):
        monkeypatch.setattr(sys, 'argv', [f'{name}.py', *map(str, args)])
        tool = load_tool(f'dataset_converters/{name}.py')
        tool.convert(name)
        return capsys.readouterr().out

    return run


def download(name, tmp_path):
    """A folder of archives as they are downloaded, with the mini.json that makes them a miniature."""
    folder = make(name, tmp_path / 'right')
    source = tmp_path / 'downloads'
    source.mkdir()
    (folder / 'mini.json').rename(source / 'mini.json')
    for archive, entries in ARCHIVES[name].items():
        if entries is None:
            shutil.copy(folder / archive, source / archive)
        else:
            pack(source / archive, folder, entries)
    return folder, source


@pytest.mark.parametrize('name', ARCHIVES)
def test_archives_become_the_layout(name, run, tmp_path):
    folder, source = download(name, tmp_path)
    before = files(source)
    out = run(name, '--source', source, '--root', tmp_path / 'data')
    assert f'right: {name} (miniature) in {tmp_path / "data"}' in out
    expected = {**files(folder), 'mini.json': before['mini.json']}
    assert files(tmp_path / 'data' / OFFICIAL[name].folder) == expected
    assert [path.name for path in (tmp_path / 'data').iterdir()] == [OFFICIAL[name].top]
    assert files(source) == before
    assert 'right' in run(name, '--check', '--root', tmp_path / 'data')


@pytest.mark.parametrize('name', ARCHIVES)
def test_unpacked_folders_are_linked(name, run, tmp_path):
    folder, source = download(name, tmp_path)
    for archive, entries in ARCHIVES[name].items():
        if entries is not None:
            (source / archive).unlink()
            for path, inside in entries:
                # What lies deeper in an archive lies at the top of the source once it is unpacked by hand.
                unpacked = source / Path(inside).name
                whole = shutil.copytree if (folder / path).is_dir() else shutil.copyfile
                whole(folder / path, unpacked)
    out = run(name, '--source', source, '--root', tmp_path / 'data')
    assert 'linking' in out and 'unpacking' not in out
    target = tmp_path / 'data' / OFFICIAL[name].folder
    assert check_dataset(name, tmp_path / 'data')
    picture = next(path for path in target.rglob('*') if path.suffix.lower() in ('.jpg', '.jpeg'))
    assert picture.stat().st_nlink == 2


def test_an_official_archive_is_compared_with_its_checksum(run, tmp_path):
    _, source = download('food101', tmp_path)
    (source / 'mini.json').unlink()
    with pytest.raises(SystemExit, match='food-101.tar.gz.*MD5.*85eeb15f'):
        run('food101', '--source', source, '--root', tmp_path / 'data')
    assert not (tmp_path / 'data').exists()


def test_an_interrupted_run_goes_on_where_it_was(run, tmp_path, monkeypatch):
    folder, source = download('food101', tmp_path)
    written = []

    def stop_at_the_third(stream, file, length):
        if len(written) == 3:
            file.write(b'half')
            raise KeyboardInterrupt
        written.append(file.name)
        file.write(stream.read())

    with monkeypatch.context() as patch:
        patch.setattr(archives_module.shutil, 'copyfileobj', stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            run('food101', '--source', source, '--root', tmp_path / 'data')
    assert [path.name for path in (tmp_path / 'data').iterdir()] == ['.food101.preparing']
    copied = []
    real = shutil.copyfileobj
    monkeypatch.setattr(archives_module.shutil, 'copyfileobj', lambda *args: (copied.append(args), real(*args)))
    run('food101', '--source', source, '--root', tmp_path / 'data')
    # 3 of 9 files were whole; the mini.json is linked.
    assert len(copied) == len(files(folder)) - 3
    assert not [name for name in files(tmp_path / 'data') if name.endswith('.part')]


def test_a_full_disk_is_one_sentence(run, tmp_path, monkeypatch):
    _, source = download('pets', tmp_path)

    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(archives_module.shutil, 'copyfileobj', full)
    with pytest.raises(SystemExit, match='No space left on device.*free some disk space'):
        run('pets', '--source', source, '--root', tmp_path / 'data')
    assert not (tmp_path / 'data/Oxford-IIIT_Pets').exists()


@pytest.mark.parametrize('kind', ['cut', 'garbage'])
@pytest.mark.parametrize(('name', 'archive'), [('pets', 'images.tar.gz'), ('coco', 'train2017.zip')])
def test_a_damaged_archive_is_named(name, archive, kind, run, tmp_path):
    _, source = download(name, tmp_path)
    content = (source / archive).read_bytes()
    (source / archive).write_bytes(content[: len(content) // 2] if kind == 'cut' else b'<html>not found</html>')
    with pytest.raises(SystemExit, match=f'{archive}.*truncated'):
        run(name, '--source', source, '--root', tmp_path / 'data')


def test_a_wrong_download_never_takes_the_final_name(run, tmp_path):
    _, source = download('pets', tmp_path)
    mini(source, trainval=7, test=3)
    with pytest.raises(SystemExit, match='Oxford-IIIT Pets.*pets.preparing.*6 images.*7'):
        run('pets', '--source', source, '--root', tmp_path / 'data')
    assert not (tmp_path / 'data/Oxford-IIIT_Pets').exists()


def test_what_is_prepared_is_left_alone(run, tmp_path):
    _, source = download('pets', tmp_path)
    run('pets', '--source', source, '--root', tmp_path / 'data')
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'data').rglob('*')}
    shutil.rmtree(source)
    run('pets', '--source', source, '--root', tmp_path / 'data')
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / 'data').rglob('*')} == before
    (tmp_path / 'data/Oxford-IIIT_Pets/images/Bengal_1.jpg').unlink()
    with pytest.raises(SystemExit, match='data/Oxford-IIIT_Pets.*move it away'):
        run('pets', '--source', source, '--root', tmp_path / 'data')


def test_missing_downloads_are_named(run, tmp_path):
    with pytest.raises(SystemExit, match='nowhere.*--source.*Food-101'):
        run('food101', '--source', tmp_path / 'nowhere', '--root', tmp_path / 'data')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(SystemExit, match='empty.*food-101.tar.gz'):
        run('food101', '--source', tmp_path / 'empty', '--root', tmp_path / 'data')
    _, source = download('flowers102', tmp_path)
    (source / 'setid.mat').unlink()
    with pytest.raises(SystemExit, match='downloads.*setid.mat'):
        run('flowers102', '--source', source, '--root', tmp_path / 'data')


def test_check_alone_rejects_and_changes_nothing(run, tmp_path):
    folder = make('flowers102', tmp_path)
    (folder / 'jpg/image_00002.jpg').unlink()
    before = files(tmp_path)
    with pytest.raises(SystemExit, match='2 of the 3 images.*image_00002'):
        run('flowers102', '--check', '--root', tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize('name', OFFICIAL)
def test_every_dataset_has_a_script(name):
    assert f"convert('{name}')" in (TOOLS / f'{name}.py').read_text()


def test_the_script_runs_by_itself(tmp_path):
    command = [sys.executable, str(TOOLS / 'pets.py'), '--check', '--root', str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout == ''
    assert done.stderr.startswith('error: ') and 'Traceback' not in done.stderr


def test_it_must_be_told_what_to_do(run, capsys):
    with pytest.raises(SystemExit, match='2'):
        run('pets')
    said = capsys.readouterr().err
    assert '--source' in said and '--check' in said


def test_mini_json_of_a_source_is_kept(run, tmp_path):
    _, source = download('pets', tmp_path)
    run('pets', '--source', source, '--root', tmp_path / 'data')
    assert json.loads((tmp_path / 'data/Oxford-IIIT_Pets/mini.json').read_text())['counts']['test'] == 3
