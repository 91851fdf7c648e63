from pathlib import Path

from mmpretrain.datasets import CustomDataset
from PIL import Image

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.mini.writers.imagenet_r_writer import ImageNetRWriter
from singer_mm.mini.writers.imagenet_v2_writer import ImageNetV2Writer
from singer_mm.mini.writers.imagenet_writer import CLASSES, RENDITION_CLASSES, ImageNetWriter


def test_classes_are_real_and_two_thirds_have_renditions():
    wnids = imagenet_wnids()
    renditions = {wnids[index] for index in imagenet_r_indices()}
    assert set(CLASSES) <= set(wnids)
    assert set(CLASSES) & renditions == set(RENDITION_CLASSES)
    assert (len(CLASSES), len(RENDITION_CLASSES)) == (24, 16)


def test_imagenet_is_read_by_mmpretrain(suite):
    classes = sorted({path.name for split in ('train', 'val') for path in (suite / 'imagenet' / split).iterdir()})
    train = CustomDataset(data_root=str(suite / 'imagenet'), data_prefix='train', classes=classes, pipeline=[])
    assert len(train) == sum(1 for _ in (suite / 'imagenet' / 'train').rglob('*.JPEG')) == 15
    info = train.get_data_info(0)
    assert Path(info['img_path']).parent.name == classes[info['gt_label']]
    with Image.open(info['img_path']) as image:
        assert image.format == 'JPEG' and image.mode == 'RGB' and 128 <= min(image.size) and max(image.size) <= 176


def test_every_class_has_25_images_to_train_and_8_to_validate():
    jobs = ImageNetWriter().jobs()
    for wnid in CLASSES:
        splits = [job['split'] for job in jobs if job['label'] == wnid]
        assert (splits.count('train'), splits.count('val')) == (25, 8)
    val_names = [Path(job['file']).name for job in jobs if job['split'] == 'val']
    assert val_names[0] == 'ILSVRC2012_val_00000001.JPEG' and len(set(val_names)) == 192


def test_renditions_have_a_readme_and_folders_whose_place_is_not_the_label(suite):
    folders = sorted(path.name for path in (suite / 'imagenet-r').iterdir() if path.is_dir())
    assert (suite / 'imagenet-r' / 'README.txt').is_file()
    assert folders == sorted(RENDITION_CLASSES)[: len(folders)]
    every = sorted({job['label'] for job in ImageNetRWriter().jobs()})
    assert [imagenet_wnids().index(wnid) for wnid in every] != list(range(16))
    styles = {job['style'] for job in ImageNetRWriter().jobs()}
    assert styles == {'sketch', 'painting', 'duotone', 'silhouette', 'cartoon', 'mosaic', 'sculpture'}


def test_v2_folders_are_labels_and_sort_otherwise_as_strings(suite):
    root = suite / 'imagenetv2-matched-frequency-format-val'
    for path in root.rglob('*.jpeg'):
        assert path.stem.startswith(f'{int(path.parent.name):03d}')
    labels = {int(Path(job['file']).parent.name): job['label'] for job in ImageNetV2Writer().jobs()}
    assert {imagenet_wnids()[label] for label in labels} == set(CLASSES)
