from pathlib import Path

import numpy as np
import pytest
from mmpretrain.datasets import FGVCAircraft, Flowers102, Food101, OxfordIIITPet
from scipy.io import loadmat

from singer_mm.mini.things.aircraft import AIRCRAFT
from singer_mm.mini.things.flowers import FLOWERS
from singer_mm.mini.things.food import DISHES
from singer_mm.mini.things.pets import BREEDS
from singer_mm.mini.writers import AircraftWriter, FlowersWriter, FoodWriter, PetsWriter
from singer_mm.mini.writers.official_names import official_names


def test_classes_bear_official_names():
    assert len(official_names('FGVCAIRCRAFT_CATEGORIES')) == 100
    assert set(AIRCRAFT) <= set(official_names('FGVCAIRCRAFT_CATEGORIES'))
    assert set(BREEDS) <= set(official_names('OxfordIIITPet_CATEGORIES'))
    assert set(DISHES) <= set(official_names('FOOD101_CATEGORIES'))
    assert set(FLOWERS) <= set(range(1, 103))


@pytest.mark.parametrize('writer', [AircraftWriter(), PetsWriter(), FoodWriter(), FlowersWriter()])
def test_twelve_classes_with_16_images_to_train_and_8_to_test(writer):
    jobs = writer.jobs()
    variants = [job['label'] for job in jobs if job['split'] not in ('test', 'tstid')]
    tested = [job['label'] for job in jobs if job['split'] in ('test', 'tstid')]
    assert {variants.count(variant) for variant in set(variants)} == {16}
    assert {tested.count(variant) for variant in set(tested)} == {8}
    assert len(set(variants)) == len(set(tested)) == 12


@pytest.mark.slow
def test_aircraft_is_read_by_mmpretrain(suite):
    root = str(suite / 'fgvc-aircraft-2013b')
    sizes = {split: len(FGVCAircraft(data_root=root, split=split, pipeline=[])) for split in ('train', 'val', 'test')}
    trainval = FGVCAircraft(data_root=root, split='trainval', pipeline=[])
    assert len(trainval) == sizes['train'] + sizes['val'] == 12
    variants = (suite / 'fgvc-aircraft-2013b' / 'data' / 'variants.txt').read_text().splitlines()
    assert tuple(variants) == tuple(trainval.CLASSES)
    variant_of = {Path(job['file']).name: job['label'] for job in AircraftWriter().jobs()}
    for info in (trainval.get_data_info(index) for index in range(12)):
        assert Path(info['img_path']).is_file()
        assert trainval.CLASSES[info['gt_label']] == variant_of[Path(info['img_path']).name]


@pytest.mark.slow
def test_pets_are_read_by_mmpretrain(suite):
    root = suite / 'Oxford-IIIT_Pets'
    for split in ('trainval', 'test'):
        dataset = OxfordIIITPet(data_root=str(root), split=split, pipeline=[])
        assert len(dataset) > 0
        for info in (dataset.get_data_info(index) for index in range(len(dataset))):
            assert Path(info['img_path']).stem.rpartition('_')[0] == dataset.CLASSES[info['gt_label']]
            assert Path(info['img_path']).is_file()
    listed = [line.split() for line in (root / 'annotations' / 'list.txt').read_text().splitlines() if line[0] != '#']
    assert all((species == '1') == name[0].isupper() for name, _, species, _ in listed)


def test_breeds_are_counted_within_their_species(tmp_path):
    writer = PetsWriter()
    writer.finish(tmp_path, writer.jobs(), [])
    lines = (tmp_path / 'annotations' / 'trainval.txt').read_text().splitlines()
    assert 'Abyssinian_1 1 1 1' in lines
    assert 'american_bulldog_1 2 2 1' in lines
    assert 'Bengal_1 6 1 2' in lines


@pytest.mark.slow
def test_food_is_read_by_mmpretrain(suite):
    for split in ('train', 'test'):
        dataset = Food101(data_root=str(suite / 'food-101'), split=split, pipeline=[])
        assert len(dataset) > 0
        for info in (dataset.get_data_info(index) for index in range(len(dataset))):
            assert Path(info['img_path']).parent.name == dataset.CLASSES[info['gt_label']]
            assert Path(info['img_path']).is_file()
    assert len((suite / 'food-101' / 'meta' / 'classes.txt').read_text().splitlines()) == 101


def test_flowers_are_read_by_mmpretrain_and_count_from_one(suite):
    root = suite / 'Flowers102'
    labels = loadmat(root / 'imagelabels.mat')['labels']
    splits = loadmat(root / 'setid.mat')
    assert labels.shape == (1, 30) and labels.min() == min(FLOWERS) >= 1
    numbers = np.concatenate([splits[name][0] for name in ('trnid', 'valid', 'tstid')])
    assert sorted(numbers) == list(range(1, 31))
    dataset = Flowers102(data_root=str(root), split='trainval', pipeline=[])
    assert len(dataset) == splits['trnid'].size + splits['valid'].size
    for info in (dataset.get_data_info(index) for index in range(len(dataset))):
        number = int(Path(info['img_path']).stem.removeprefix('image_'))
        assert Path(info['img_path']).is_file()
        assert info['gt_label'] == labels[0, number - 1] - 1
