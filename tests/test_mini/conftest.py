from collections.abc import Callable
from pathlib import Path

import pytest
from few_images import Few

from singer_mm.mini.suite import make_suite
from singer_mm.mini.writers import (
    ADE20KWriter,
    AircraftWriter,
    COCOWriter,
    DatasetWriter,
    FlowersWriter,
    FoodWriter,
    ImageNetRWriter,
    ImageNetV2Writer,
    ImageNetWriter,
    INat2019Writer,
    NYUWriter,
    PetsWriter,
)

# Few enough for a test, from every split, with one image in a crowd and one that is empty.
FEW = (
    Few(ImageNetWriter(), slice(None, None, 40)),
    Few(ImageNetRWriter(), slice(None, 10)),
    Few(ImageNetV2Writer(), slice(None, None, 36)),
    Few(INat2019Writer(), slice(None, None, 37)),
    Few(AircraftWriter(), slice(None, None, 16)),
    Few(PetsWriter(), slice(None, None, 17)),
    Few(FoodWriter(), slice(None, None, 17)),
    Few(FlowersWriter(), slice(None, 30)),
    Few(COCOWriter(), slice(1, None, 11)),
    Few(ADE20KWriter(), slice(None, None, 25)),
    Few(NYUWriter(), slice(None, None, 40)),
)


@pytest.fixture(scope='session')
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a handful of images of each dataset."""
    root: Path = tmp_path_factory.mktemp('mini')
    make_suite(root, seed=0, workers=2, writers=FEW)
    return root


@pytest.fixture
def few() -> Callable[[DatasetWriter, slice], Few]:
    return Few
