import pytest

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice, check_fraction
from singer_mm.registry import MODELS


def test_a_choice_names_argument_value_and_alternatives():
    check_choice('KDLoss: distance', 'mse', ('mse', None))
    with pytest.raises(ConfigError, match='KDLoss: distance.*max.*mse, None'):
        check_choice('KDLoss: distance', 'max', ('mse', None))


@pytest.mark.parametrize('value', [0, 1, -0.5, 1.5, float('nan')])
@pytest.mark.parametrize(
    ('cfg', 'name'),
    [
        (dict(type='OutlierLoss'), 'quantile'),
        (dict(type='NormClip'), 'quantile'),
        (dict(type='SingularRepair'), 'quantile'),
        (dict(type='MaskedGenerator', embed_dims=4), 'mask_ratio'),
    ],
)
def test_fractions_lie_between_0_and_1(cfg, name, value):
    check_fraction(name, 0.5)
    with pytest.raises(ConfigError, match=f'{cfg["type"]}: {name} is {value};.*0 and 1'):
        MODELS.build(dict(cfg, **{name: value}))
