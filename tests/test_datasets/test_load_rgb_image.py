import numpy as np
import pytest
from PIL import Image

from singer_mm.datasets import LoadRGBImage
from singer_mm.errors import DataError


def load(path):
    return np.asarray(LoadRGBImage()(dict(img_path=str(path)))['img'])


def save(tmp_path, array, mode=None, suffix='png'):
    path = tmp_path / f'image.{suffix}'
    Image.fromarray(array, mode).save(path)
    return path


def test_rgb_as_it_is(tmp_path):
    pixels = np.random.randint(0, 256, (4, 5, 3), dtype=np.uint8)
    assert np.array_equal(load(save(tmp_path, pixels)), pixels)


def test_one_channel_is_repeated(tmp_path):
    pixels = np.random.randint(0, 256, (4, 5), dtype=np.uint8)
    assert np.array_equal(load(save(tmp_path, pixels)), np.stack([pixels] * 3, axis=-1))


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    pixels = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    assert load(save(tmp_path, pixels))[0, :, 0].tolist() == [0, 1, 128, 255]


def test_alpha_is_laid_over_white(tmp_path):
    pixels = np.zeros((1, 3, 4), dtype=np.uint8)
    pixels[0, :, 3] = [0, 51, 255]
    assert load(save(tmp_path, pixels))[0, :, 0].tolist() == [255, 204, 0]


def test_palette_with_transparency(tmp_path):
    image = Image.new('P', (2, 1))
    image.putpalette([0, 0, 0, 200, 10, 20])
    image.putdata([0, 1])
    image.save(tmp_path / 'image.png', transparency=0)
    assert load(tmp_path / 'image.png').tolist() == [[[255, 255, 255], [200, 10, 20]]]


def test_floating_point_is_refused(tmp_path):
    path = save(tmp_path, np.ones((2, 2), dtype=np.float32), suffix='tiff')
    with pytest.raises(DataError, match=r'image\.tiff.*floating-point.*8 bits'):
        load(path)


def test_thirty_two_bits_are_refused(tmp_path):
    path = save(tmp_path, np.full((2, 2), 10**6, dtype=np.int32), suffix='tiff')
    with pytest.raises(DataError, match=r'image\.tiff.*32-bit'):
        load(path)


@pytest.mark.parametrize('keep', [0, 10, 200])
def test_broken_files_are_named(tmp_path, keep):
    path = save(tmp_path, np.random.randint(0, 256, (40, 40, 3), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r'image\.png'):
        load(path)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r'none\.png'):
        load(tmp_path / 'none.png')
