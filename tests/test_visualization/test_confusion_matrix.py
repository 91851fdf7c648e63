import numpy as np

from singer_mm.visualization.confusion_matrix import (
    confusing_classes,
    confusion_matrix,
    draw_confusion_matrices,
    shorten,
)

LABELS = np.array([3, 3, 3, 3, 7, 7, 9])
GIVEN = np.array([3, 3, 7, 500, 7, 3, 9])


def test_matrix_by_hand():
    np.testing.assert_allclose(
        confusion_matrix(LABELS, GIVEN, [3, 7, 9]),
        [[0.5, 0.25, 0, 0.25], [0.5, 0.5, 0, 0], [0, 0, 1, 0]],
    )


def test_only_classes_of_the_test_set_and_of_many_the_worst():
    assert confusing_classes([(LABELS, GIVEN)], 40) == [3, 7, 9]
    assert confusing_classes([(LABELS, GIVEN)], 2) == [3, 7]
    assert confusing_classes([(LABELS, GIVEN), (LABELS, LABELS)], 1) == [3]


def test_one_panel_for_each_model_on_one_scale():
    names = [f'name {index}' for index in range(10)]
    figure = draw_confusion_matrices({'a': (LABELS, GIVEN), 'b': (LABELS, LABELS)}, names)
    a, b = figure.axes[:2]
    assert (a.get_title(), b.get_title()) == ('a: 57.1 % right', 'b: 100.0 % right')
    assert [text.get_text() for text in a.get_yticklabels()] == ['name 3', 'name 7', 'name 9']
    assert [text.get_text() for text in a.get_xticklabels()] == ['name 3', 'name 7', 'name 9', 'other']
    assert a.images[0].get_clim() == b.images[0].get_clim() == (0, 100)
    np.testing.assert_allclose(b.images[0].get_array(), 100 * np.eye(3, 4))


def test_many_classes_have_no_names():
    labels = np.arange(30)
    figure = draw_confusion_matrices({'a': (labels, labels)})
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ['other']
    assert not figure.axes[0].get_yticklabels()


def test_names_are_cut():
    assert shorten('tench, Tinca tinca') == 'tench'
    assert shorten('a' * 30) == 'a' * 15 + '…'
