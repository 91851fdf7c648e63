import numpy as np
import pytest
import torch
from PIL import Image

from singer_mm.datasets.photographs import load_photographs, spread
from singer_mm.errors import ConfigError, DataError


def save(path, height, width, value=128):
    Image.fromarray(np.full((height, width, 3), value, np.uint8)).save(path)
    return path


def test_a_folder_as_squares_of_whole_patches(image_folder):
    images = load_photographs(image_folder, 37, 8)  # of 40 x 48 pixels
    assert len(images.names) == 8 and images.names[0] == 'class0/0.png'
    assert [pixels.shape for pixels in images.pixels] == [(32, 32, 3)] * 8
    assert [(pixels.shape, pixels.dtype) for pixels in images.tensors] == [((3, 32, 32), torch.uint8)] * 8
    assert images.batch.shape == (8, 3, 32, 32) and images.batch.dtype == torch.float32
    assert 0 <= images.batch.min() and images.batch.max() <= 1
    np.testing.assert_allclose(images.batch[3].permute(1, 2, 0).numpy() * 255, images.pixels[3], atol=1e-4)
    np.testing.assert_array_equal(images.tensors[3].permute(1, 2, 0).numpy(), images.pixels[3])


def test_without_a_patch_size_the_side_is_kept(image_folder):
    assert load_photographs(image_folder, 37).batch.shape == (8, 3, 37, 37)


def test_without_a_size_the_smallest_image_decides(tmp_path):
    save(tmp_path / 'a.png', 50, 70)
    save(tmp_path / 'b.png', 90, 33)
    assert load_photographs(tmp_path, None, 8).batch.shape == (2, 3, 32, 32)


def test_the_middle_is_taken_and_nothing_is_distorted(tmp_path):
    pixels = np.zeros((16, 48, 3), np.uint8)
    pixels[:, 16:32] = 255
    Image.fromarray(pixels).save(tmp_path / 'wide.png')
    assert load_photographs(tmp_path, 16, 8).batch.min() == 1


def test_files_and_numbers(image_folder, tmp_path):
    one, other = save(tmp_path / 'one.png', 40, 40), save(tmp_path / 'other.png', 40, 40)
    assert load_photographs([other, str(one)], 32, 8).names == ['other.png', 'one.png']
    assert load_photographs(one, 32, 8).names == ['one.png']
    assert load_photographs(image_folder, 32, 8, number=2).names == ['class0/0.png', 'class1/7.png']
    assert len(load_photographs(image_folder, 32, 8, number=99).names) == 8


def test_selected_photographs_keep_their_names(image_folder):
    loaded = load_photographs(image_folder, 40)
    selected = loaded.select([3, 1])
    assert selected.names == [loaded.names[3], loaded.names[1]]
    np.testing.assert_array_equal(selected.pixels[0], loaded.pixels[3])


@pytest.mark.parametrize(
    ('total', 'number', 'indices'), [(10, 4, [0, 3, 6, 9]), (3, 5, [0, 1, 2]), (7, 1, [0]), (1, 1, [0])]
)
def test_indices_are_spread_from_first_to_last(total, number, indices):
    assert spread(total, number) == indices


def test_bad_input_is_refused(tmp_path):
    small = save(tmp_path / 'small.png', 100, 7)
    with pytest.raises(DataError, match=r'small\.png.*7x100.*8x8'):
        load_photographs(tmp_path, 32, 8)
    with pytest.raises(ConfigError, match='size 7'):
        load_photographs(small, 7, 8)
    with pytest.raises(ConfigError, match='number.* 0'):
        load_photographs(small, 32, 8, number=0)
    with pytest.raises(DataError):
        load_photographs([], 32, 8)
    with pytest.raises(DataError, match=r'gone\.png'):
        load_photographs([tmp_path / 'gone.png'], 32, 8)
    (tmp_path / 'empty').mkdir()
    with pytest.raises(DataError, match='empty'):
        load_photographs(tmp_path / 'empty', 32, 8)
    with pytest.raises(DataError, match='nowhere'):
        load_photographs(tmp_path / 'nowhere', 32, 8)
    (tmp_path / 'empty' / 'broken.png').write_bytes(b'no image')
    with pytest.raises(DataError, match=r'broken\.png'):
        load_photographs(tmp_path / 'empty', 32, 8)
