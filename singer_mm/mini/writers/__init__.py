"""One writer for each dataset: it draws the images and writes the files that the real loaders expect."""

from .ade20k_writer import ADE20KWriter
from .aircraft_writer import AircraftWriter
from .coco_writer import COCOWriter
from .dataset_writer import DatasetWriter
from .flowers_writer import FlowersWriter
from .food_writer import FoodWriter
from .imagenet_r_writer import ImageNetRWriter
from .imagenet_v2_writer import ImageNetV2Writer
from .imagenet_writer import ImageNetWriter
from .inat2019_writer import INat2019Writer
from .nyu_writer import NYUWriter
from .pets_writer import PetsWriter

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
