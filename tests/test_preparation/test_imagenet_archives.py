import shutil

import numpy as np
import pytest
from scipy.io import savemat
from test_preparation.downloads import pack, tar_bytes
from test_preparation.tiny_datasets import WNIDS, encoded, image, make, mini, text

from singer_mm.errors import DataError
from singer_mm.preparation.conversion import prepare


@pytest.fixture
def run(tmp_path):
    """Prepare a folder of downloads; return what the check found."""
    return lambda source: str(prepare('imagenet', source, tmp_path / 'data'))


# The devkit's order of classes, its ids from 1, is not the canonical one; 4 is an inner node of WordNet.
DEVKIT = dict(zip(range(1, 5), (WNIDS[2], WNIDS[0], WNIDS[1], 'n00001740'), strict=True))
TRUTH = (2, 3, 1)  # of the validation images 1 to 3, hence WNIDS in order


def write_devkit(folder):
    synsets = np.array(
        [(number, wnid, 'words') for number, wnid in DEVKIT.items()],
        dtype=[('ILSVRC2012_ID', object), ('WNID', object), ('words', object)],
    )
    (folder / 'data').mkdir(parents=True)
    savemat(folder / 'data/meta.mat', dict(synsets=synsets))
    text(folder / 'data/ILSVRC2012_validation_ground_truth.txt', TRUTH)


def download_imagenet(tmp_path):
    source = tmp_path / 'downloads'
    source.mkdir()
    classes = {f'{w}.tar': tar_bytes({f'{w}_{n}.JPEG': encoded() for n in range(2)}) for w in WNIDS}
    (source / 'ILSVRC2012_img_train.tar').write_bytes(tar_bytes(classes))
    val = {f'ILSVRC2012_val_{number:08d}.JPEG': encoded() for number in (1, 2, 3)}
    (source / 'ILSVRC2012_img_val.tar').write_bytes(tar_bytes(val))
    write_devkit(tmp_path / 'devkit')
    pack(source / 'ILSVRC2012_devkit_t12.tar.gz', tmp_path, [('devkit', 'ILSVRC2012_devkit_t12')])
    mini(source, train=6, val=3, classes=3)
    return source


def test_imagenet_from_nested_archives(run, tmp_path):
    source = download_imagenet(tmp_path)
    run_imagenet(run, source, tmp_path)


def run_imagenet(run, source, tmp_path):
    facts = run(source)
    assert '6 train, 3 val, 3 classes' in facts
    found = {str(path.relative_to(tmp_path / 'data/imagenet/val')) for path in (tmp_path / 'data').rglob('*val_*.JPEG')}
    assert found == {f'{wnid}/ILSVRC2012_val_{number:08d}.JPEG' for number, wnid in enumerate(WNIDS, start=1)}


@pytest.mark.parametrize('by_class', [False, True])
def test_imagenet_from_unpacked_folders(by_class, run, tmp_path):
    source = download_imagenet(tmp_path)
    right = make('imagenet', tmp_path / 'right')
    (source / 'ILSVRC2012_img_train.tar').unlink()
    (source / 'ILSVRC2012_img_val.tar').unlink()
    shutil.copytree(right / 'train', source / 'train')
    if by_class:
        shutil.copytree(right / 'val', source / 'val')
        (source / 'ILSVRC2012_devkit_t12.tar.gz').unlink()
    else:
        for path in (right / 'val').rglob('*.JPEG'):
            image(source / 'val' / path.name)
        (source / 'ILSVRC2012_devkit_t12.tar.gz').unlink()
        (tmp_path / 'devkit').rename(source / 'ILSVRC2012_devkit_t12')
    run_imagenet(run, source, tmp_path)


@pytest.mark.parametrize(
    'victim', ['ILSVRC2012_img_train.tar', 'ILSVRC2012_img_val.tar', 'ILSVRC2012_devkit_t12.tar.gz']
)
def test_imagenet_names_the_missing_download(victim, run, tmp_path):
    source = download_imagenet(tmp_path)
    (source / victim).unlink()
    with pytest.raises(DataError, match=victim):
        run(source)
    assert not (tmp_path / 'data/imagenet').exists()


def test_imagenet_with_a_damaged_devkit(run, tmp_path):
    source = download_imagenet(tmp_path)
    (tmp_path / 'devkit/data/meta.mat').write_bytes(b'half')
    pack(source / 'ILSVRC2012_devkit_t12.tar.gz', tmp_path, [('devkit', 'ILSVRC2012_devkit_t12')])
    with pytest.raises(DataError, match='ILSVRC2012_devkit_t12'):
        run(source)
