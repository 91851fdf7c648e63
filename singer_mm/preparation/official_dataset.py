"""The official datasets: folders below the data root, image counts, and checksums of the downloads."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OfficialDataset:
    """What the checker of a dataset expects.

    Attributes:
        title: Name of the dataset in messages.
        folder: Folder below the data root.
        counts: Number of images of each split.
        num_classes: Number of classes; None for depth.
        md5: MD5 of official archives and annotation files by file name, if the publisher or torchvision states one.
    """

    title: str
    folder: str
    counts: Mapping[str, int]
    num_classes: int | None
    md5: Mapping[str, str] = field(default_factory=dict)

    @property
    def top(self) -> str:
        """First part of the folder: a converter moves it below the data root in one step."""
        return self.folder.split('/')[0]


# Sources: torchvision 0.26 (ImageNet, iNat2019 images, Pets, Food-101, Flowers-102), the README of the iNat2019
# competition (its two json archives), and values on which many loaders agree (ImageNet-R, ADE20K, Aircraft, COCO).
# No checksum is known for ImageNet-v2 and NYUd-v2.
MD5 = {
    'imagenet': {
        'ILSVRC2012_img_train.tar': '1d675b47d978889d74fa0da5fadfb00e',
        'ILSVRC2012_img_val.tar': '29b22e2961454d5413ddabcf34fc5622',
        'ILSVRC2012_devkit_t12.tar.gz': 'fa75699e90414af021442c21a62c3abf',
    },
    'imagenet_r': {'imagenet-r.tar': 'a61312130a589d0ca1a8fca1f2bd3337'},
    'ade20k': {'ADEChallengeData2016.zip': '7328b3957e407ddae1d3cbf487f149ef'},
    'inat2019': {
        'train_val2019.tar.gz': 'c60a6e2962c9b8ccbd458d12c8582644',
        'train2019.json.tar.gz': 'b06a6683537867c0d5c7a45f407a306d',
        'val2019.json.tar.gz': '5cc5509b0fe495f1c8c1362612448497',
    },
    'aircraft': {'fgvc-aircraft-2013b.tar.gz': 'd4acdd33327262359767eeaa97a4f732'},
    'pets': {
        'images.tar.gz': '5c4f3ee8e5d25df40f4fd59a7f44e54c',
        'annotations.tar.gz': '95a8c909bbe2e81eed6a22bccdf3f68f',
    },
    'food101': {'food-101.tar.gz': '85eeb15f3717b99a5da872d97d918f87'},
    'flowers102': {
        '102flowers.tgz': '52808999861908f626f3c1f4e79d11fa',
        'imagelabels.mat': 'e0620be6f572b9609742df49c70aed4d',
        'setid.mat': 'a5357ecc9cb78c4bef273ce3793fc85c',
    },
    'coco': {
        'train2017.zip': 'cced6f7f71b7629ddf16f17bbcfab6b2',
        'val2017.zip': '442b8da7639aecaf257c1dceb8ba8c80',
        'annotations_trainval2017.zip': 'f4bbac642086de4f52a3fdda2de5fa2c',
    },
}
# Name: title, folder, images of each split, number of classes.
_TABLE: dict[str, tuple[str, str, dict[str, int], int | None]] = {
    'imagenet': ('ImageNet-1K', 'imagenet', dict(train=1_281_167, val=50_000), 1000),
    'imagenet_r': ('ImageNet-R', 'imagenet-r', dict(test=30_000), 200),
    'imagenet_v2': (
        'ImageNet-v2 (matched frequency)',
        'imagenetv2-matched-frequency-format-val',
        dict(val=10_000),
        1000,
    ),
    'ade20k': ('ADE20K', 'ade/ADEChallengeData2016', dict(train=20_210, val=2_000), 150),
    'nyud': ('NYUd-v2', 'nyu', dict(train=24_231, test=654, train_labelled=795, test_labelled=654), None),
    'inat2019': ('iNaturalist 2019', 'inat2019', dict(train=265_213, val=3_030), 1010),
    'aircraft': ('FGVC-Aircraft', 'fgvc-aircraft-2013b', dict(trainval=6_667, test=3_333), 100),
    'pets': ('Oxford-IIIT Pets', 'Oxford-IIIT_Pets', dict(trainval=3_680, test=3_669), 37),
    'food101': ('Food-101', 'food-101', dict(train=75_750, test=25_250), 101),
    'flowers102': ('Flowers-102', 'Flowers102', dict(trainval=2_040, test=6_149), 102),
    'coco': ('COCO 2017', 'coco', dict(train=118_287, val=5_000), 80),
}
OFFICIAL = {name: OfficialDataset(*facts, MD5.get(name, {})) for name, facts in _TABLE.items()}
