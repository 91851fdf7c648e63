"""One writer for each dataset: what is drawn, and the files that its real loaders expect."""

from .ade20k import ADE20KWriter
from .aircraft import AircraftWriter
from .base import DatasetWriter
from .coco import COCOWriter
from .flowers import FlowersWriter
from .food import FoodWriter
from .imagenet import ImageNetWriter
from .imagenet_r import ImageNetRWriter
from .imagenet_v2 import ImageNetV2Writer
from .inat2019 import INat2019Writer
from .nyu import NYUWriter
from .pets import PetsWriter

WRITERS: tuple[DatasetWriter, ...] = (
    NYUWriter(),
    ADE20KWriter(),
    COCOWriter(),
    ImageNetWriter(),
    ImageNetRWriter(),
    ImageNetV2Writer(),
    INat2019Writer(),
    AircraftWriter(),
    PetsWriter(),
    FoodWriter(),
    FlowersWriter(),
)

__all__ = ['WRITERS', 'DatasetWriter']
