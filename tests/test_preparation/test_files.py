"""What annotation files may look like."""

import numpy as np
import pytest
from PIL import Image

from singer_mm.errors import DataError
from singer_mm.preparation.files import check_image, read_image, read_json, read_lines


@pytest.mark.parametrize('content', [b'', b'{"a": ', b'[1]', b'\xff\xfe{', b'[' * 100_000, b'null'])
def test_what_is_no_object_is_named(tmp_path, content):
    (tmp_path / 'a.json').write_bytes(content)
    with pytest.raises(DataError, match=r'a\.json'):
        read_json(tmp_path / 'a.json')


def test_a_checker_refuses_what_the_loaders_refuse(tmp_path):
    Image.fromarray(np.full((4, 4), 0.5, np.float32)).save(tmp_path / 'a.tif')
    assert read_image(tmp_path / 'a.tif').size == (4, 4)
    with pytest.raises(DataError, match=r'a\.tif.*floating-point'):
        check_image(tmp_path / 'a.tif')


@pytest.mark.parametrize(('text', 'words'), [('', 'empty'), ('\n \n', 'empty'), ('a\nb\n a \n', "'a' twice")])
def test_lists_that_count_nothing_or_something_twice(tmp_path, text, words):
    (tmp_path / 'a.txt').write_text(text)
    with pytest.raises(DataError, match=rf'a\.txt.*{words}'):
        read_lines(tmp_path / 'a.txt')


@pytest.mark.parametrize('constant', ['NaN', 'Infinity', '-Infinity'])
def test_what_is_no_number_of_json(tmp_path, constant):
    (tmp_path / 'a.json').write_text(f'{{"area": {constant}}}')
    with pytest.raises(DataError, match=rf'a\.json.*{constant}'):
        read_json(tmp_path / 'a.json')
