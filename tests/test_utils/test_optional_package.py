import json

import pytest

from singer_mm.errors import ConfigError
from singer_mm.utils.optional_package import import_optional


def test_an_installed_package_is_imported():
    assert import_optional('json', 'export') is json


def test_a_missing_package_is_named_with_its_extra():
    with pytest.raises(ConfigError, match='no_such_package.*detection'):
        import_optional('no_such_package.models', 'detection')
