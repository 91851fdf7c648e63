import numpy as np
import pytest
import torch

from singer_mm.benchmark.jobs.feature_maps import save_feature_maps, whole_patches


@pytest.mark.slow
def test_what_the_last_block_makes_of_test_images(job, tmp_path):
    cfg = job('nyud').config()
    save_feature_maps(cfg, tmp_path / 'maps.npz')
    with np.load(tmp_path / 'maps.npz') as file:
        image, norms, features = file['image'], file['norms'], file['features']
    assert image.shape == (4, 224, 224, 3) and image.dtype == np.uint8
    assert norms.shape == (4, 14, 14) and features.shape == (4, 14, 14, 24)
    assert features.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(features.astype('float32'), axis=-1), norms, rtol=1e-2)
    # As they are: around the grey of the drawings, not normalised, and not one four times.
    assert image.mean() == pytest.approx(112, abs=12)
    assert len(np.unique(image.reshape(4, -1), axis=0)) == 4
    save_feature_maps(cfg, tmp_path / 'again.npz')
    assert (tmp_path / 'again.npz').read_bytes() == (tmp_path / 'maps.npz').read_bytes()


def test_colours_are_red_green_blue(job, tmp_path):
    save_feature_maps(job('nyud').config(), tmp_path / 'maps.npz')
    with np.load(tmp_path / 'maps.npz') as file:
        first = file['image'][0].reshape(-1, 3).mean(axis=0)
    assert first[0] < first[2]  # label 0 is drawn blue


def test_edges_that_are_no_whole_patch_are_left_out():
    images = torch.arange(2 * 3 * 480 * 640).reshape(2, 3, 480, 640)
    assert whole_patches(images, 14).shape == (2, 3, 476, 630)
    assert torch.equal(whole_patches(images, 14), images[..., :476, :630])
    assert whole_patches(images, 16).shape == images.shape
