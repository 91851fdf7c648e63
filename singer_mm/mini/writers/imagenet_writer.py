"""ImageNet-1K: ``{train,val}/<wnid>/*.JPEG``, for a few of its classes."""

from ..things import everyday
from .dataset_writer import Job
from .portrait_writer import Blueprint, PortraitWriter

# The classes that ImageNet-R has, too, ...
RENDITION_CLASSES: dict[str, Blueprint] = {
    'n01944390': everyday.snail,
    'n02165456': everyday.ladybug,
    'n02317335': everyday.starfish,
    'n02802426': everyday.basketball,
    'n02843684': everyday.birdhouse,
    'n02909870': everyday.bucket,
    'n02948072': everyday.candle,
    'n02980441': everyday.castle,
    'n03481172': everyday.hammer,
    'n04254680': everyday.soccer_ball,
    'n04522168': everyday.vase,
    'n04591713': everyday.wine_bottle,
    'n07614500': everyday.ice_cream,
    'n07693725': everyday.bagel,
    'n07734744': everyday.mushroom,
    'n07753275': everyday.pineapple,
}
# ... and some that it lacks.
CLASSES: dict[str, Blueprint] = {
    **RENDITION_CLASSES,
    'n02795169': everyday.barrel,
    'n03063599': everyday.coffee_mug,
    'n03255030': everyday.dumbbell,
    'n03443371': everyday.goblet,
    'n03544143': everyday.hourglass,
    'n03837869': everyday.obelisk,
    'n04380533': everyday.table_lamp,
    'n06874185': everyday.traffic_light,
}
TRAIN_PER_CLASS = 25
VAL_PER_CLASS = 8


class ImageNetWriter(PortraitWriter):
    """24 classes with 25 training and 8 validation images each."""

    folder = 'imagenet'
    blueprints = CLASSES

    def jobs(self) -> list[Job]:
        train = [
            dict(split='train', label=wnid, file=f'train/{wnid}/{wnid}_{index}.JPEG')
            for wnid in CLASSES
            for index in range(TRAIN_PER_CLASS)
        ]
        val = [
            dict(split='val', label=wnid, file=f'val/{wnid}/ILSVRC2012_val_{number:08d}.JPEG')
            for number, wnid in enumerate([*CLASSES] * VAL_PER_CLASS, 1)
        ]
        return [*train, *val]
