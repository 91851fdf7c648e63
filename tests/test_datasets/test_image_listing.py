import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from singer_mm.datasets import UnlabelledImages
from singer_mm.datasets.image_listing import IMAGE_SUFFIXES, list_folders, list_images
from singer_mm.errors import DataError
from singer_mm.preparation.files import list_images as list_names


@pytest.fixture
def photos(tmp_path):
    """A folder with images a/1.jpg, a/b/2.PNG, a-b/3.jpg, 4.jpeg."""
    root = tmp_path / 'photos'
    for name in ('a/1.jpg', 'a/b/2.PNG', 'a-b/3.jpg', '4.jpeg', 'a/notes.txt'):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b'x')
    return root


def names(root):
    return [os.path.relpath(path, root) for path in list_images(root)]


def test_an_ordinary_folder_keeps_the_order_that_resumed_runs_depend_on(photos):
    walked = sorted(
        os.path.join(folder, name)
        for folder, _, files in os.walk(photos, followlinks=True)
        for name in files
        if name.lower().endswith(IMAGE_SUFFIXES)
    )
    assert list_images(photos) == walked
    assert names(photos) == ['4.jpeg', 'a-b/3.jpg', 'a/1.jpg', 'a/b/2.PNG']
    assert [entry['img_path'] for entry in UnlabelledImages(str(photos)).load_data_list()] == walked


def test_what_is_hidden_does_not_count(photos):
    for name in ('._4.jpeg', '.thumbnails/4.jpg', 'a/.ipynb_checkpoints/1.jpg', '.trash/deep/er/5.jpg', 'Thumbs.db'):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        (photos / name).write_bytes(b'x')
    assert names(photos) == ['4.jpeg', 'a-b/3.jpg', 'a/1.jpg', 'a/b/2.PNG']
    assert list_folders(photos) == ['a', 'a-b']
    assert list_names(photos) == ['4.jpeg']
    assert len(list_images(photos / '.trash')) == 1  # named by the user


def test_each_real_folder_counts_once_also_in_loops(photos):
    before = names(photos)
    (photos / 'a/up').symlink_to('..')
    (photos / 'a/b/self').symlink_to('.')
    (photos / '0').symlink_to('a')  # sorts first, but a has a name of its own
    (photos / 'z').symlink_to(photos.parent)  # of which nobody spoke
    assert names(photos) == before


def test_links_to_folders_and_files_elsewhere_are_followed(photos, tmp_path):
    (tmp_path / 'other').mkdir()
    for name in ('5.jpg', 'blob'):
        (tmp_path / 'other' / name).write_bytes(b'x')
    (photos / 'more').symlink_to(tmp_path / 'other')
    (photos / '6.jpg').symlink_to(tmp_path / 'other/blob')
    (photos / '7.jpg').symlink_to('a/1.jpg')  # has a name here
    (photos / '8.jpg').symlink_to('a/notes.txt')  # its own name is no image's
    (photos / '9.jpg').symlink_to('nowhere')
    os.link(photos / '4.jpeg', photos / '4-again.jpg')
    found = set(names(photos))
    assert found - {'4.jpeg', 'a-b/3.jpg', 'a/1.jpg', 'a/b/2.PNG'} == {
        '4-again.jpg',
        '6.jpg',
        '8.jpg',
        '9.jpg',  # missing, which its reader says
        'more/5.jpg',
    }


def test_what_is_no_regular_file_is_left_out(photos):
    before = names(photos)
    os.mkfifo(photos / 'fifo.jpg')
    (photos / 'null.jpg').symlink_to('/dev/null')
    (photos / 'linked.jpg').symlink_to('fifo.jpg')
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(os.path.relpath(photos / 's.jpg'))
        assert names(photos) == before


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason='becomes another user')
def test_an_unreadable_folder_is_named():
    # Root reads everything, so another user has to ask.
    code = (
        'import os, tempfile\n'
        'from singer_mm.datasets.image_listing import list_images\n'
        'from singer_mm.errors import DataError\n'
        'os.setuid(65534)\n'
        'root = tempfile.mkdtemp(); os.makedirs(root + "/closed/er"); os.chmod(root + "/closed", 0)\n'
        'try: list_images(root)\n'
        'except DataError as error: print(error)\n'
        'finally: os.chmod(root + "/closed", 0o700)\n'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert '/closed' in done.stdout and 'Permission denied' in done.stdout


def test_a_file_where_a_folder_should_be(tmp_path):
    Path(tmp_path / 'train').write_text('')
    with pytest.raises(DataError, match='train'):
        list_images(tmp_path / 'train')
