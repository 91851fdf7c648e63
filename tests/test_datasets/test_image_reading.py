import os
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from singer_mm.datasets import LoadRGBImage, LoadStoredImage, LoadUprightImage
from singer_mm.datasets.photographs import load_photographs
from singer_mm.errors import DataError
from singer_mm.preparation.files import read_image

EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 16 16
%%EndComments
0 0 16 16 rectfill
showpage
"""


def distilled(path):
    return np.asarray(LoadRGBImage()(dict(img_path=str(path)))['img'])


def evaluated(path):
    return LoadUprightImage()(dict(img_path=str(path)))['img'][:, :, ::-1]


def dense(path):
    return LoadStoredImage()(dict(img_path=str(path)))['img'][:, :, ::-1]


READERS = (distilled, evaluated, dense, read_image)


def photo(seed=0, size=(24, 40)):
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    return Image.fromarray(cv2.GaussianBlur(noise, (0, 0), 2))


def tagged(path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo().save(path, exif=exif)
    return path


@pytest.mark.parametrize('orientation', range(1, 9))
def test_orientation_is_applied_where_labels_do_not_lie_on_pixels(tmp_path, orientation):
    path = tagged(tmp_path / 'phone.jpg', orientation)
    with Image.open(path) as image:
        stored, upright = np.asarray(image), np.asarray(ImageOps.exif_transpose(image))
    for pixels in (distilled(path), evaluated(path)):
        assert np.array_equal(pixels, upright)
    assert np.array_equal(dense(path), stored)
    assert read_image(path).size == stored.shape[1::-1]


def test_analysis_sees_what_distillation_sees(tmp_path):
    tagged(tmp_path / 'turned.png', 3)
    loaded = load_photographs(tmp_path / 'turned.png', None, 24)
    assert np.array_equal(loaded.pixels[0], distilled(tmp_path / 'turned.png')[:, 8:32])


def test_a_damaged_exif_block_does_not_turn_an_image(tmp_path):
    photo().save(tmp_path / 'a.jpg', exif=b'Exif\0\0' + bytes(range(1, 40)))
    assert distilled(tmp_path / 'a.jpg').shape == (24, 40, 3)


@pytest.mark.parametrize('mode', ['RGB', 'L'])
@pytest.mark.parametrize(('quality', 'subsampling', 'progressive'), [(95, 0, False), (75, 2, False), (50, 1, True)])
def test_jpegs_have_the_pixels_of_opencv(tmp_path, mode, quality, subsampling, progressive):
    path = tmp_path / 'a.jpg'
    options = dict(subsampling=subsampling) if mode == 'RGB' else {}
    photo(size=(61, 47)).convert(mode).save(path, quality=quality, progressive=progressive, **options)
    before = cv2.imread(str(path))[:, :, ::-1]
    for read in (distilled, evaluated, dense):
        assert np.array_equal(read(path), before)


@pytest.mark.parametrize('kind', ['alpha', 'sixteen', 'palette', 'cmyk', 'gif'])
def test_one_file_has_the_same_pixels_in_distillation_and_evaluation(tmp_path, kind):
    path = tmp_path / ('a.jpg' if kind in ('cmyk', 'gif') else 'a.png')
    image = photo()
    if kind == 'alpha':
        image.putalpha(image.convert('L'))
    elif kind == 'sixteen':
        image = Image.fromarray(np.asarray(image.convert('L')).astype(np.uint16) * 256 + 77)
    elif kind == 'palette':
        image = image.quantize(16)
    elif kind == 'cmyk':
        image = image.convert('CMYK')
    image.save(path, 'GIF' if kind == 'gif' else None)
    assert np.array_equal(distilled(path), evaluated(path))
    assert np.array_equal(distilled(path), dense(path))


def test_alpha_is_over_white_in_evaluation(tmp_path):
    Image.new('RGBA', (4, 4), (0, 0, 0, 0)).save(tmp_path / 'a.png')
    assert evaluated(tmp_path / 'a.png').min() == dense(tmp_path / 'a.png').min() == 255


@pytest.mark.parametrize('read', [distilled, evaluated, dense])
def test_a_file_without_a_defined_white_is_named_by_every_reader(tmp_path, read):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / 'a.tif')
    with pytest.raises(DataError, match=r'a\.tif'):
        read(tmp_path / 'a.tif')


def test_the_interface_of_mmcv(tmp_path):
    for loader in (LoadUprightImage(), LoadStoredImage()):
        results = loader(dict(img_path=str(tagged(tmp_path / 'a.jpg', 1))))
        assert results['img'].dtype == np.uint8 and results['img'].flags['C_CONTIGUOUS']
        assert results['img_shape'] == results['ori_shape'] == (24, 40)


@pytest.mark.parametrize('read', READERS)
def test_postscript_starts_no_program(tmp_path, read, monkeypatch):
    started = tmp_path / 'started'
    (tmp_path / 'gs').write_text(f'#!/bin/sh\ntouch {started}\n')
    (tmp_path / 'gs').chmod(0o755)
    monkeypatch.setenv('PATH', f'{tmp_path}:{os.environ["PATH"]}')
    assert shutil.which('gs') == str(tmp_path / 'gs')
    (tmp_path / 'a.jpg').write_bytes(EPS)
    with pytest.raises(DataError, match=r'a\.jpg'):
        read(tmp_path / 'a.jpg')
    assert not started.exists()


@pytest.mark.parametrize('read', READERS)
def test_a_fifo_does_not_hang(tmp_path, read):
    os.mkfifo(tmp_path / 'a.jpg')
    with pytest.raises(DataError, match=r'a\.jpg.*regular file'):
        read(tmp_path / 'a.jpg')


@pytest.mark.parametrize('read', READERS)
def test_a_decompression_bomb_is_named(tmp_path, read, monkeypatch):
    photo().save(tmp_path / 'a.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 24 * 40 // 2 - 1)
    with pytest.raises(DataError, match=r'a\.png'):
        read(tmp_path / 'a.png')


@pytest.mark.parametrize('read', READERS)
@pytest.mark.parametrize(('suffix', 'keep'), [('jpg', 0), ('jpg', 300), ('jpg', 700), ('png', 0), ('png', 100)])
def test_truncated_files_are_named_by_every_reader(tmp_path, read, suffix, keep):
    path = tmp_path / f'a.{suffix}'
    photo().save(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=rf'a\.{suffix}'):
        read(path)


@pytest.mark.parametrize('read', READERS)
def test_a_flipped_bit_among_the_pixels_of_a_png_is_named(tmp_path, read):
    photo().save(tmp_path / 'a.png')
    content = bytearray((tmp_path / 'a.png').read_bytes())
    content[content.index(b'IDAT') + 200] ^= 1
    (tmp_path / 'a.png').write_bytes(content)
    with pytest.raises(DataError, match=r'a\.png'):
        read(tmp_path / 'a.png')
