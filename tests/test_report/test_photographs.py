import numpy as np
import pytest
import torch
from PIL import Image

from singer_mm.errors import DataError
from singer_mm.report.photographs import load_photographs, spread

pytestmark = pytest.mark.slow


def test_photographs_are_spread_over_the_folder_and_square(photos):
    loaded = load_photographs(str(photos), 3, 40)
    assert loaded.names == ['a.png', 'c.png', 'more/a.png']
    assert [pixels.shape for pixels in loaded.pixels] == [(3, 40, 40)] * 3
    assert all(pixels.dtype == torch.uint8 for pixels in loaded.pixels)
    assert [image.shape for image in loaded.as_images()] == [(40, 40, 3)] * 3


def test_the_middle_is_shown(tmp_path):
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    Image.fromarray(pixels).save(tmp_path / 'wide.png')
    assert load_photographs(str(tmp_path), 1, 20).pixels[0].min() == 255


def test_a_small_folder_gives_what_it_has(photos):
    assert load_photographs(str(photos), 16, 40).names == ['a.png', 'b.png', 'c.png', 'more/a.png']
    with pytest.raises(DataError, match='is no folder'):
        load_photographs(str(photos / 'no_such'), 1, 40)


def test_selected_photographs_keep_their_names(photos):
    loaded = load_photographs(str(photos), 4, 40)
    selected = loaded.select([3, 1])
    assert selected.names == ['more/a.png', 'b.png']
    assert torch.equal(selected.pixels[0], loaded.pixels[3])


@pytest.mark.parametrize(
    ('total', 'number', 'indices'), [(10, 4, [0, 3, 6, 9]), (3, 5, [0, 1, 2]), (7, 1, [0]), (1, 1, [0])]
)
def test_indices_are_spread_from_first_to_last(total, number, indices):
    assert spread(total, number) == indices
