import pytest
from PIL import Image

from singer_mm.datasets import TorchvisionTransform
from singer_mm.errors import ConfigError


def test_applies_the_named_transform_to_the_image():
    transform = TorchvisionTransform('Resize', size=[6, 4], interpolation='bicubic')
    assert transform(dict(img=Image.new('RGB', (10, 10))))['img'].size == (4, 6)
    assert 'BICUBIC' in repr(transform)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(name='RandomCropp'), "'RandomCropp'"),
        (dict(name='InterpolationMode'), "'InterpolationMode'"),
        (dict(name='Resize', size=4, sise=3), r'v2\.Resize: .*sise'),
    ],
)
def test_refuses_unknown_names(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TorchvisionTransform(**arguments)
