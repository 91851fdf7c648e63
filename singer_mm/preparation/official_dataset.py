"""What the official datasets hold: folders below the data root, counts, and checksums of what is downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class OfficialDataset:
    """Expectations on one dataset.

    Attributes:
        title: Its name in sentences.
        folder: Folder below the data root.
        counts: Number of images of each split.
        num_classes: Number of classes; None for depth.
        md5: MD5 of official archives and annotation files by file name, where its publisher or torchvision states one.
    """

    title: str
    folder: str
    counts: Mapping[str, int]
    num_classes: int | None
    md5: Mapping[str, str] = field(default_factory=dict)

    @property
    def top(self) -> str:
        """First part of the folder: what a converter puts below the data root in one move."""
        return self.folder.split('/')[0]


# Checksums: torchvision 0.26 (ImageNet, iNat2019 images, Pets, Food-101, Flowers-102), README of the iNat2019
# competition (its two json archives), the others as many loaders of these datasets state them alike (ImageNet-R,
# ADE20K, Aircraft, COCO). None is known for ImageNet-v2 and NYUd-v2.
OFFICIAL: dict[str, OfficialDataset] = {
    'imagenet': OfficialDataset(
        title='ImageNet-1K',
        folder='imagenet',
        counts={'train': 1_281_167, 'val': 50_000},
        num_classes=1000,
        md5={
            'ILSVRC2012_img_train.tar': '1d675b47d978889d74fa0da5fadfb00e',
            'ILSVRC2012_img_val.tar': '29b22e2961454d5413ddabcf34fc5622',
            'ILSVRC2012_devkit_t12.tar.gz': 'fa75699e90414af021442c21a62c3abf',
        },
    ),
    'imagenet_r': OfficialDataset(
        title='ImageNet-R',
        folder='imagenet-r',
        counts={'test': 30_000},
        num_classes=200,
        md5={'imagenet-r.tar': 'a61312130a589d0ca1a8fca1f2bd3337'},
    ),
    'imagenet_v2': OfficialDataset(
        title='ImageNet-v2 (matched frequency)',
        folder='imagenetv2-matched-frequency-format-val',
        counts={'val': 10_000},
        num_classes=1000,
    ),
    'ade20k': OfficialDataset(
        title='ADE20K',
        folder='ade/ADEChallengeData2016',
        counts={'train': 20_210, 'val': 2_000},
        num_classes=150,
        md5={'ADEChallengeData2016.zip': '7328b3957e407ddae1d3cbf487f149ef'},
    ),
    'nyud': OfficialDataset(
        title='NYUd-v2',
        folder='nyu',
        counts={'train': 24_231, 'test': 654, 'train_labelled': 795, 'test_labelled': 654},
        num_classes=None,
    ),
    'inat2019': OfficialDataset(
        title='iNaturalist 2019',
        folder='inat2019',
        counts={'train': 265_213, 'val': 3_030},
        num_classes=1010,
        md5={
            'train_val2019.tar.gz': 'c60a6e2962c9b8ccbd458d12c8582644',
            'train2019.json.tar.gz': 'b06a6683537867c0d5c7a45f407a306d',
            'val2019.json.tar.gz': '5cc5509b0fe495f1c8c1362612448497',
        },
    ),
    'aircraft': OfficialDataset(
        title='FGVC-Aircraft',
        folder='fgvc-aircraft-2013b',
        counts={'trainval': 6_667, 'test': 3_333},
        num_classes=100,
        md5={'fgvc-aircraft-2013b.tar.gz': 'd4acdd33327262359767eeaa97a4f732'},
    ),
    'pets': OfficialDataset(
        title='Oxford-IIIT Pets',
        folder='Oxford-IIIT_Pets',
        counts={'trainval': 3_680, 'test': 3_669},
        num_classes=37,
        md5={
            'images.tar.gz': '5c4f3ee8e5d25df40f4fd59a7f44e54c',
            'annotations.tar.gz': '95a8c909bbe2e81eed6a22bccdf3f68f',
        },
    ),
    'food101': OfficialDataset(
        title='Food-101',
        folder='food-101',
        counts={'train': 75_750, 'test': 25_250},
        num_classes=101,
        md5={'food-101.tar.gz': '85eeb15f3717b99a5da872d97d918f87'},
    ),
    'flowers102': OfficialDataset(
        title='Flowers-102',
        folder='Flowers102',
        counts={'trainval': 2_040, 'test': 6_149},
        num_classes=102,
        md5={
            '102flowers.tgz': '52808999861908f626f3c1f4e79d11fa',
            'imagelabels.mat': 'e0620be6f572b9609742df49c70aed4d',
            'setid.mat': 'a5357ecc9cb78c4bef273ce3793fc85c',
        },
    ),
    'coco': OfficialDataset(
        title='COCO 2017',
        folder='coco',
        counts={'train': 118_287, 'val': 5_000},
        num_classes=80,
        md5={
            'train2017.zip': 'cced6f7f71b7629ddf16f17bbcfab6b2',
            'val2017.zip': '442b8da7639aecaf257c1dceb8ba8c80',
            'annotations_trainval2017.zip': 'f4bbac642086de4f52a3fdda2de5fa2c',
        },
    ),
}
