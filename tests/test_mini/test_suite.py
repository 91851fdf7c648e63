import hashlib
import json
from pathlib import Path

import pytest

from singer_mm.errors import DataError
from singer_mm.mini import suite as suite_module
from singer_mm.mini.suite import is_complete, make_suite, read_manifest
from singer_mm.mini.writers import WRITERS, FlowersWriter, ImageNetV2Writer, INat2019Writer

pytestmark = pytest.mark.slow


def digests(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob('*') if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def writers(few):
    return [few(FlowersWriter(), slice(None, 3)), few(ImageNetV2Writer(), slice(None, 3))]


def test_bytes_depend_on_the_seed_alone(writers, tmp_path):
    make_suite(tmp_path / 'one', seed=3, workers=1, writers=writers)
    make_suite(tmp_path / 'two', seed=3, workers=2, writers=writers)
    make_suite(tmp_path / 'other', seed=4, workers=2, writers=writers)
    one, two, other = (digests(tmp_path / name) for name in ('one', 'two', 'other'))
    assert one == two
    assert one.keys() == other.keys()
    images = [name for name in one if name.endswith(('jpg', 'jpeg'))]
    assert len(images) == 6 and all(one[name] != other[name] for name in images)


def test_complete_folders_are_left_alone_and_other_seeds_replaced(writers, tmp_path):
    assert make_suite(tmp_path, seed=0, workers=1, writers=writers) == ['Flowers102', writers[1].folder]
    before = digests(tmp_path)
    assert make_suite(tmp_path, seed=0, workers=1, writers=writers) == []
    assert digests(tmp_path) == before
    assert make_suite(tmp_path, seed=1, workers=1, writers=writers[:1]) == ['Flowers102']
    assert not is_complete(tmp_path / 'Flowers102', 0) and is_complete(tmp_path / 'Flowers102', 1)


def test_an_interrupted_run_leaves_nothing_that_looks_finished(writers, tmp_path):
    def stop(folder, done, total):
        if folder == writers[1].folder:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_suite(tmp_path, workers=1, writers=writers, progress=stop)
    assert {path.name for path in tmp_path.iterdir()} == {'Flowers102', f'.{writers[1].folder}.unfinished'}
    assert make_suite(tmp_path, workers=1, writers=writers) == [writers[1].folder]
    assert {path.name for path in tmp_path.iterdir()} == {writer.folder for writer in writers}


def test_a_real_dataset_in_the_way_is_refused_and_kept(writers, tmp_path):
    (tmp_path / 'Flowers102').mkdir()
    (tmp_path / 'Flowers102' / 'setid.mat').write_bytes(b'mine')
    with pytest.raises(DataError, match='Flowers102 .*--out'):
        make_suite(tmp_path, workers=1, writers=writers)
    assert digests(tmp_path).keys() == {'Flowers102/setid.mat'}


def test_a_full_disk_is_one_sentence(writers, tmp_path, monkeypatch):
    def refuse(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(suite_module, '_write', refuse)
    with pytest.raises(DataError, match='No space left on device.*--out'):
        make_suite(tmp_path, workers=1, writers=writers)


def test_manifest_counts_what_lies_on_disk(suite):
    manifest = read_manifest(suite / 'Flowers102')
    assert manifest == {'seed': 0, 'version': 2, 'counts': {'trnid': 14, 'valid': 8, 'tstid': 8, 'classes': 2}}
    assert json.loads((suite / 'coco' / 'mini.json').read_text())['counts']['train'] > 0
    assert read_manifest(suite) is None


def test_the_full_suite_has_the_promised_sizes():
    jobs = {writer.folder: writer.jobs() for writer in WRITERS}
    assert {folder: len(of_folder) for folder, of_folder in jobs.items()} == {
        'nyu': 84,
        'ade': 160,
        'coco': 128,
        'imagenet': 24 * 33,
        'imagenet-r': 16 * 8,
        'imagenetv2-matched-frequency-format-val': 24 * 6,
        'inat2019': len(INat2019Writer().jobs()),
        'fgvc-aircraft-2013b': 12 * 24,
        'Oxford-IIIT_Pets': 12 * 24,
        'food-101': 12 * 24,
        'Flowers102': 12 * 24,
    }
    for of_folder in jobs.values():
        assert len({json.dumps(job) for job in of_folder}) == len(of_folder)
