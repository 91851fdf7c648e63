import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat
from test_preparation.downloads import pack
from test_preparation.tiny_datasets import SCENES, depth, image, mini, png, text

from singer_mm.errors import DataError
from singer_mm.preparation.conversion import prepare


@pytest.fixture
def run(tmp_path):
    """Prepare a folder of downloads; return what the check found."""
    return lambda source: str(prepare('nyud', source, tmp_path / 'data'))


def download_nyud(tmp_path, split_name='official_splits/test'):
    source = tmp_path / 'downloads'
    lines = []
    for number, scene in enumerate(SCENES):
        lines.append(f'/{scene}/rgb_{number:05d}.jpg /{scene}/sync_depth_{number:05d}.png 518.8579')
    for base, pairs in (('sync', lines), (split_name, ['bathroom/rgb_00045.jpg bathroom/sync_depth_00045.png 518.8'])):
        for line in pairs:
            rgb, measured, _ = line.split()
            image(source / base / rgb.lstrip('/'), (640, 480))
            png(source / base / measured.lstrip('/'), depth())
    # Frames that the list leaves out are not taken.
    image(source / 'sync' / SCENES[0] / 'rgb_09999.jpg', (640, 480))
    text(source / 'nyudepthv2_train_files_with_gt.txt', lines)
    mini(source, train=2, test=1)
    return source


NYUD_FILES = {
    'train': {'kitchen_0028b_00000', 'bathroom_0001_00001'},
    'test': {'bathroom_00045'},
}


def assert_nyud(folder):
    for split, names in NYUD_FILES.items():
        assert {path.stem for path in (folder / 'images' / split).iterdir()} == names
        assert {path.stem for path in (folder / 'annotations' / split).iterdir()} == names


@pytest.mark.parametrize('listed', [False, True])
@pytest.mark.parametrize('packed', [False, True])
def test_nyud_from_the_frames_of_bts(listed, packed, run, tmp_path):
    source = download_nyud(tmp_path)
    if listed:
        text(source / 'nyudepthv2_test_files_with_gt.txt', ['bathroom/rgb_00045.jpg bathroom/sync_depth_00045.png 518'])
    if packed:
        pack(source / 'sync.zip', source, [('sync', 'sync')])
        shutil.rmtree(source / 'sync')
    assert '2 train, 1 test' in run(source)
    assert_nyud(tmp_path / 'data/nyu')
    assert [path.name for path in (tmp_path / 'data').iterdir()] == ['nyu']


def test_nyud_from_the_archive_of_mmseg(run, tmp_path):
    source = download_nyud(tmp_path, 'sync')
    (source / 'sync').rename(source / 'nyu')
    (source / 'nyudepthv2_train_files_with_gt.txt').rename(source / 'nyu/nyu_train.txt')
    text(source / 'nyu/nyu_test.txt', ['/bathroom/rgb_00045.jpg /bathroom/sync_depth_00045.png 518.8'])
    run(source)
    assert_nyud(tmp_path / 'data/nyu')


def labelled(source):
    """Remove the test frames of BTS and put the labelled set there; its content is returned, as h5py shows it."""
    shutil.rmtree(source / 'official_splits')
    mini(source, train=2, test=1, train_labelled=1, test_labelled=1)
    (source / 'nyu_depth_v2_labeled.mat').write_bytes(b'MATLAB 7.3')
    savemat(source / 'splits.mat', dict(testNdxs=np.array([[46]]), trainNdxs=np.array([[1]])))
    metres = depth().astype(np.float32) / 1000
    images = np.zeros((46, 3, 640, 480), np.uint8)
    images[45] = 255
    return {
        'sceneTypes': np.array([[f'ref{number}' for number in range(46)]], dtype=object),
        'ref45': np.array([[ord(letter)] for letter in 'bathroom'], dtype=np.uint16),
        'ref0': np.array([[ord(letter)] for letter in 'cafe'], dtype=np.uint16),
        'depths': np.stack([np.where(metres == 0, 2.5, metres).T] * 46),
        'images': images,
        'rawDepths': np.stack([metres.T] * 46),
    }


def test_nyud_from_the_labelled_set(run, tmp_path, monkeypatch):
    source = download_nyud(tmp_path)
    content = labelled(source)

    class File(dict):
        def __init__(self, path, mode):
            assert (path, mode) == (source / 'nyu_depth_v2_labeled.mat', 'r')
            super().__init__(content)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setitem(sys.modules, 'h5py', SimpleNamespace(File=File))
    run(source)
    assert_nyud(tmp_path / 'data/nyu')
    with Image.open(tmp_path / 'data/nyu/annotations/test/bathroom_00045.png') as stored:
        np.testing.assert_allclose(np.asarray(stored), depth(), atol=1)  # cut off, not rounded, as BTS does
    with Image.open(tmp_path / 'data/nyu/images/test/bathroom_00045.jpg') as stored:
        pixels = np.asarray(stored)
    # The labelled set keeps the frame of its images, and its depth has no holes.
    assert {path.stem for path in (tmp_path / 'data/nyu/images/train_labelled').iterdir()} == {'cafe_00000'}
    with Image.open(tmp_path / 'data/nyu/images/test_labelled/bathroom_00045.jpg') as stored:
        assert np.asarray(stored).min() > 235
    with Image.open(tmp_path / 'data/nyu/annotations/test_labelled/bathroom_00045.png') as stored:
        np.testing.assert_allclose(np.asarray(stored), np.where(depth() == 0, 2500, depth()), atol=1)
    assert pixels.shape == (480, 640, 3)
    assert pixels[:6].max() < 20 and pixels[:, 634:].max() < 20 and pixels[20:460, 20:620].min() > 235


def test_nyud_says_that_the_labelled_set_needs_h5py(run, tmp_path, monkeypatch):
    source = download_nyud(tmp_path)
    labelled(source)
    monkeypatch.setitem(sys.modules, 'h5py', None)
    with pytest.raises(DataError, match='nyu_depth_v2_labeled.mat.*pip install h5py.*official_splits/test/'):
        run(source)


@pytest.mark.parametrize(
    ('victim', 'message'),
    [
        ('nyudepthv2_train_files_with_gt.txt', 'nyudepthv2_train_files_with_gt.txt'),
        ('official_splits', 'official_splits/test/.*nyu_depth_v2_labeled.mat.*splits.mat'),
        ('sync', f'{SCENES[0]}/rgb_00000.jpg'),
        (f'sync/{SCENES[1]}/sync_depth_00001.png', f'sync/{SCENES[1]}/sync_depth_00001.png.*train'),
    ],
)
def test_nyud_names_what_is_missing(victim, message, run, tmp_path):
    source = download_nyud(tmp_path)
    shutil.rmtree(source / victim) if (source / victim).is_dir() else (source / victim).unlink()
    with pytest.raises(DataError, match=message):
        run(source)
