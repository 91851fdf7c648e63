import numpy as np
import pytest

from singer_mm.mini.portrait import View, portrait
from singer_mm.mini.render import render
from singer_mm.mini.styles import STYLES, sculpture
from singer_mm.mini.things import everyday


@pytest.fixture(scope='module')
def scene():
    rng = np.random.default_rng(5)
    return portrait('vase', everyday.vase(rng), rng, View(sides=(96, 96)))


@pytest.fixture(scope='module')
def picture(scene):
    return render(scene)


@pytest.mark.parametrize('style', STYLES)
def test_styles_change_the_picture_but_not_its_size(style, picture):
    image = STYLES[style](picture, np.random.default_rng(0))
    assert image.shape == picture.image.shape and image.dtype == np.uint8
    assert np.abs(image.astype(int) - picture.image).mean() > 15
    assert image.std() > 5
    assert (image == STYLES[style](picture, np.random.default_rng(0))).all()


def test_a_silhouette_is_dark_where_the_subject_is(picture):
    image = STYLES['silhouette'](picture, np.random.default_rng(0)).mean(axis=2)
    subject = picture.instances == picture.instances.max()
    assert image[subject].mean() < 0.6 * image[~subject].mean()


def test_a_sculpture_has_one_material_and_the_old_shape(scene, picture):
    carved = sculpture(scene, np.random.default_rng(0))
    assert carved.shape == picture.image.shape
    spread = np.ptp(carved.astype(int), axis=2).mean()
    assert spread < np.ptp(picture.image.astype(int), axis=2).mean()
