import torch

from singer_mm.analysis.artifacts.outliers import border_mask, flat_mask, outlier_mask


def test_outliers_exceed_twice_the_median_of_their_own_image():
    norms = torch.tensor([[1.0, 1, 1, 1, 1.9, 2.1], [10, 10, 10, 10, 19, 21]])
    assert outlier_mask(norms).tolist() == [[False] * 5 + [True]] * 2
    assert not outlier_mask(torch.ones(1, 4)).any()


def test_border_is_the_outermost_ring():
    assert border_mask((3, 4)).reshape(3, 4).int().tolist() == [[1, 1, 1, 1], [1, 0, 0, 1], [1, 1, 1, 1]]
    assert border_mask((2, 2)).all()


def test_flat_patches_have_the_least_contrast():
    # Four patches of 2 x 2 pixels in rows; the pixels of patch i differ by i, whatever its brightness.
    batch = torch.zeros(1, 3, 4, 4)
    for patch, (row, column) in enumerate([(0, 2), (2, 0), (2, 2)], start=1):
        batch[:, :, row, column] = patch / 10
    batch[:, :, :2, :2] = 0.9
    assert flat_mask(batch, 2).tolist() == [[True, False, False, False]]
    # of an even image every patch is flat
    assert flat_mask(torch.full((1, 3, 4, 4), 0.3), 2).all()
