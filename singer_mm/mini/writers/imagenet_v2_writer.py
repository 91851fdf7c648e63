"""ImageNet-v2 (matched frequency): ``{0..999}/*.jpeg``, folders named by the label and not by wnid."""

from singer_mm.datasets.imagenet_classes import imagenet_wnids

from ..portrait import View
from .dataset_writer import Job
from .imagenet_writer import CLASSES
from .portrait_writer import PortraitWriter

PER_CLASS = 6


class ImageNetV2Writer(PortraitWriter):
    """Six images of each class of the ImageNet miniature; only the folders of its classes are present."""

    folder = 'imagenetv2-matched-frequency-format-val'
    blueprints = CLASSES
    # A shift from ImageNet: from higher up, farther away, in worse light, with more clutter.
    view = View(elevation=(25, 65), zoom=(0.5, 0.9), off_centre=0.25, tilt=0.5, clutter=(2, 7), brightness=(0.3, 0.8))

    def jobs(self) -> list[Job]:
        places = {wnid: place for place, wnid in enumerate(imagenet_wnids())}
        return [
            dict(split='val', label=wnid, file=f'{places[wnid]}/{places[wnid]:03d}{index:02d}.jpeg')
            for wnid in CLASSES
            for index in range(PER_CLASS)
        ]
