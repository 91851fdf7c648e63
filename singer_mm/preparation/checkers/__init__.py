"""One checker per dataset: it counts images and classes, and recognises known mistakes of the preparation."""

from .ade20k import check_ade20k
from .aircraft import check_aircraft
from .coco import check_coco
from .flowers102 import check_flowers102
from .food101 import check_food101
from .imagenet import check_imagenet
from .imagenet_r import check_imagenet_r
from .imagenet_v2 import check_imagenet_v2
from .inat2019 import check_inat2019
from .nyud import check_nyud
from .pets import check_pets

CHECKERS = {
    'imagenet': check_imagenet,
    'imagenet_r': check_imagenet_r,
    'imagenet_v2': check_imagenet_v2,
    'ade20k': check_ade20k,
    'nyud': check_nyud,
    'inat2019': check_inat2019,
    'aircraft': check_aircraft,
    'pets': check_pets,
    'food101': check_food101,
    'flowers102': check_flowers102,
    'coco': check_coco,
}
