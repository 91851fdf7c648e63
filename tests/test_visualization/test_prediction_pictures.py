import io

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from singer_mm.visualization.box_overlay import DetectedBoxes, draw_box_overlay, tint
from singer_mm.visualization.failure_examples import Failure, draw_failure_examples
from singer_mm.visualization.pixel_predictions import (
    draw_depth_panels,
    draw_segmentation_overlay,
    largest_classes,
    paint,
    pixel_accuracy,
    root_mean_square_error,
)

PHOTOS = [np.full((12, 20, 3), shade, np.uint8) for shade in (40, 200)]
PALETTE = np.array([[0, 0, 0], [200, 100, 0]], np.uint8)


def notes(figure):
    return [axis.get_xlabel() for axis in figure.axes if axis.get_xlabel()]


def headers(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def test_figures_can_be_written_without_a_display():
    buffer = io.BytesIO()
    draw_failure_examples({'a': [Failure(PHOTOS[0], 'cat', 'dog', 0.5)]}).savefig(buffer, format='png')
    assert buffer.getvalue().startswith(b'\x89PNG')


def test_paint_by_hand_and_ignored_pixels_stay():
    classes = np.array([[0, 1, 255]])
    photo = np.full((1, 3, 3), 100, np.uint8)
    assert paint(photo, classes, PALETTE)[0].tolist() == [[35] * 3, [165, 100, 35], [100] * 3]


def test_pixel_accuracy_counts_labelled_pixels_only():
    assert pixel_accuracy(np.array([[1, 0, 1, 5]]), np.array([[1, 1, 1, 255]])) == pytest.approx(200 / 3)
    assert np.isnan(pixel_accuracy(np.array([[1]]), np.array([[255]])))


def test_segmentation_stands_beside_photograph_and_truth():
    label = np.zeros((12, 20), np.uint8)
    label[:3] = 255
    wrong = np.where(label == 255, 1, label)
    wrong[3:6] = 1
    said = {'a': [label] * 2, 'b': [wrong] * 2}
    figure = draw_segmentation_overlay(PHOTOS, [label] * 2, said, PALETTE, ['wall', 'sky'])
    assert headers(figure) == ['photograph', 'truth', 'a', 'b']
    assert notes(figure) == ['100.0 % of pixels right', '66.7 % of pixels right'] * 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ['wall', 'sky']
    assert not draw_segmentation_overlay(PHOTOS[:1], [label], {'a': [label]}, PALETTE).legends


def test_largest_classes_come_first_without_the_ignored():
    assert largest_classes([np.array([[4, 4, 255, 255, 255]], np.uint8), np.array([[2]], np.uint8)]) == [4, 2]


def test_depth_has_one_scale_and_leaves_the_unknown_white():
    truth = np.linspace(1, 8, 240).reshape(12, 20)
    truth[0] = 0
    figure = draw_depth_panels(PHOTOS, [truth] * 2, {'a': [truth + 0.5] * 2})
    assert headers(figure)[:3] == ['photograph', 'truth', 'a']
    maps = [image for axis in figure.axes for image in axis.images if image.get_array().ndim == 2][:4]
    assert {image.get_clim() for image in maps} == {(0.0, 8.0)}
    assert np.ma.getmaskarray(maps[0].get_array())[0].all()
    assert notes(figure) == ['RMSE 0.500 m'] * 2


def test_depth_error_by_hand():
    assert root_mean_square_error(np.array([[1.0, 5.0, 9.0]]), np.array([[0.0, 2.0, 5.0]])) == pytest.approx(12.5**0.5)
    assert np.isnan(root_mean_square_error(np.ones((1, 2)), np.zeros((1, 2))))


def test_boxes_lie_where_they_were_found():
    found = DetectedBoxes(np.array([[2, 3, 10, 8]]), ['cat 90'])
    figure = draw_box_overlay(PHOTOS, {'a': [found, DetectedBoxes(np.zeros((0, 4)), [])]})
    assert headers(figure) == ['photograph', 'a']
    axis = figure.axes[1]
    boxes = {patch.get_bbox().bounds for patch in axis.patches if isinstance(patch, Rectangle)}
    assert boxes == {(2.0, 3.0, 8.0, 5.0)}
    assert [text.get_text() for text in axis.texts] == ['cat 90']
    assert notes(figure) == ['nothing found']


def test_masks_tint_and_the_first_lies_on_top():
    masks = np.zeros((2, 12, 20), bool)
    masks[0, :6], masks[1, 3:9] = True, True
    tinted = tint(PHOTOS[0], masks)
    assert (tinted[9:] == PHOTOS[0][9:]).all()
    assert (tinted[4] == tinted[0]).all() and (tinted[7] != tinted[0]).any()
    assert tint(PHOTOS[0], None) is PHOTOS[0]


def test_failures_say_what_it_is_and_what_was_said():
    figure = draw_failure_examples({'a': [Failure(PHOTOS[0], 'tench, Tinca', 'dog', 0.876)] * 2, 'b': []})
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.texts] == [
        *('a', *['true: tench\nsaid: dog (88 %)'] * 2),
        *('b', 'no mistake'),
    ]
    assert len(axis.images) == 2
    left, right, bottom, top = axis.images[0].get_extent()
    assert (right - left) / (bottom - top) == pytest.approx(20 / 12)  # not distorted
