import gzip
import struct
import sys

import numpy as np
import pytest
from PIL import Image

from singer_mm.errors import DataError
from singer_mm.preparation.idx_images import read_splits, write_class_folders

RNG = np.random.default_rng(0)
IMAGES = {'train': RNG.integers(0, 256, (6, 4, 5), np.uint8), 't10k': RNG.integers(0, 256, (4, 4, 5), np.uint8)}
LABELS = {'train': np.array([0, 1, 7, 7, 1, 0], np.uint8), 't10k': np.array([0, 1, 7, 7], np.uint8)}


def idx(array, code=8):
    return bytes([0, 0, code, array.ndim]) + struct.pack(f'>{array.ndim}I', *array.shape) + array.tobytes()


@pytest.fixture
def source(tmp_path):
    """The four files; those of the test split are compressed."""
    folder = tmp_path / 'idx'
    folder.mkdir()
    for split in IMAGES:
        for kind, array in (('images-idx3', IMAGES[split]), ('labels-idx1', LABELS[split])):
            name, content = f'{split}-{kind}-ubyte', idx(array)
            if split == 't10k':
                name, content = f'{name}.gz', gzip.compress(content)
            (folder / name).write_bytes(content)
    return folder


def test_every_image_is_in_the_folder_of_its_label(source, tmp_path):
    out = tmp_path / 'data/some'
    write_class_folders(read_splits(source), out)
    for split, prefix in (('train', 'train'), ('test', 't10k')):
        files = sorted((out / split).rglob('*.png'), key=lambda path: path.name)
        assert [int(path.parent.name) for path in files] == LABELS[prefix].tolist()
        assert np.array_equal([np.array(Image.open(path)) for path in files], IMAGES[prefix])
    with pytest.raises(DataError, match='some'):
        write_class_folders(read_splits(source), out)


def test_an_interrupted_run_leaves_nothing(source, tmp_path):
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_class_folders(read_splits(source), tmp_path / 'data/some', stop)
    assert not list((tmp_path / 'data').iterdir())


@pytest.mark.parametrize('kept', [0, 3, 10, 40])
def test_a_truncated_file_is_named(source, kept):
    path = source / 'train-images-idx3-ubyte'
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match='train-images-idx3-ubyte'):
        read_splits(source)


def test_damaged_compression_is_named(source):
    path = source / 't10k-labels-idx1-ubyte.gz'
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match='t10k-labels-idx1-ubyte.gz'):
        read_splits(source)


def test_exchanged_files_are_named(source):
    images, labels = source / 'train-images-idx3-ubyte', source / 'train-labels-idx1-ubyte'
    contents = images.read_bytes(), labels.read_bytes()
    labels.write_bytes(contents[0])
    images.write_bytes(contents[1])
    with pytest.raises(DataError, match='train-images-idx3-ubyte.*images'):
        read_splits(source)


@pytest.mark.parametrize(
    ('name', 'content', 'named'),
    [
        ('train-labels-idx1-ubyte', idx(LABELS['train'][:-1]), '6 images and 5 labels'),
        ('train-images-idx3-ubyte', idx(IMAGES['train'], code=0x0D), 'train-images-idx3-ubyte'),
        ('train-images-idx3-ubyte', None, 'train-images-idx3-ubyte'),
    ],
)
def test_files_that_do_not_fit_are_named(source, name, content, named):
    (source / name).unlink() if content is None else (source / name).write_bytes(content)
    with pytest.raises(DataError, match=named):
        read_splits(source)


def test_command_line(source, tmp_path, monkeypatch, capsys):
    import runpy

    from conftest import ROOT

    monkeypatch.setattr(sys, 'argv', ['idx.py', '--source', str(source), '--out', str(tmp_path / 'out')])
    runpy.run_path(str(ROOT / 'tools/dataset_converters/idx.py'), run_name='__main__')
    assert '10 images' in capsys.readouterr().out
    with pytest.raises(SystemExit, match='^error: .*out'):
        runpy.run_path(str(ROOT / 'tools/dataset_converters/idx.py'), run_name='__main__')
