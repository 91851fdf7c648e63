import numpy as np

from singer_mm.visualization.similarity_matrix import SimilarityMatrix, draw_similarity_matrices


def matrix(name, rows, columns, pairs=()):
    values = np.arange(rows * columns).reshape(rows, columns) / 100
    return SimilarityMatrix(name, 'teacher', values, pairs)


def test_all_panels_share_the_scale():
    figure = draw_similarity_matrices([matrix('a', 4, 3), matrix('b', 4, 6)], 'linear CKA')
    *panels, bar = figure.axes
    assert [axis.get_title() for axis in panels] == ['a', 'b']
    assert {axis.get_images()[0].get_clim() for axis in panels} == {(0.0, 1.0)}
    assert bar.get_ylabel() == 'linear CKA'
    assert panels[0].get_ylabel() == 'block of teacher (0-based)'
    assert panels[0].get_ylim() == (-0.5, 3.5)  # the first block at the bottom


def test_pairs_are_outlined_and_written():
    figure = draw_similarity_matrices([matrix('a', 4, 6, [(1, 0), (3, 5)])], 'linear CKA')
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.texts] == ['0.06', '0.23']
    assert {patch.get_xy() for patch in axis.patches} == {(-0.5, 0.5), (4.5, 2.5)}
    # numbers stay inside the panel
    assert [text.get_ha() for text in axis.texts] == ['left', 'right']


def test_more_students_than_columns_fill_rows():
    figure = draw_similarity_matrices([matrix(str(number), 3, 3) for number in range(5)], 'linear CKA')
    assert len(figure.axes) == 6  # five panels and the bar
