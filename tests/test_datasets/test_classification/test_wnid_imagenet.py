import pytest
from test_preparation.tiny_datasets import make

from singer_mm.datasets.classification import WnidImageNet
from singer_mm.errors import DataError
from singer_mm.preparation import check_dataset


def test_a_subset_has_the_labels_of_the_whole(write_images):
    root = write_images('val/n02123045/b.JPEG', 'val/n01440764/a.JPEG', 'val/n02123045/a.JPEG', 'val/n15075141/c.JPEG')
    dataset = WnidImageNet(data_root=str(root), data_prefix='val', test_mode=True)
    labels = {
        entry['img_path'].removeprefix(f'{root}/'): entry['gt_label'] for entry in map(dataset.get_data_info, range(4))
    }
    # tench is the first class, toilet tissue the last, tabby the 282nd
    assert labels == {
        'val/n01440764/a.JPEG': 0,
        'val/n02123045/a.JPEG': 281,
        'val/n02123045/b.JPEG': 281,
        'val/n15075141/c.JPEG': 999,
    }
    assert len(dataset.metainfo['classes']) == 1000
    assert 'tabby' in dataset.metainfo['classes'][281]


def test_hidden_copies_count_for_nobody(tmp_path):
    folder = make('imagenet', tmp_path)
    for split, hidden in (('train', '.trash'), ('val', '.ipynb_checkpoints')):
        for path in list((folder / split / 'n01440764').iterdir()):
            (path.parent / hidden).mkdir(exist_ok=True)
            (path.parent / hidden / path.name).write_bytes(path.read_bytes())
    facts = check_dataset('imagenet', tmp_path)
    for split in ('train', 'val'):
        assert len(WnidImageNet(data_root=str(folder), data_prefix=split)) == facts.counts[split]


def test_samples_are_loaded(write_images):
    root = write_images('n01440764/a.JPEG')
    pipeline = [dict(type='mmpretrain.LoadImageFromFile'), dict(type='mmpretrain.PackInputs')]
    sample = WnidImageNet(data_root=str(root), pipeline=pipeline)[0]
    assert sample['inputs'].shape == (3, 8, 10)
    assert sample['data_samples'].gt_label.item() == 0


@pytest.mark.parametrize(
    ('paths', 'message'),
    [
        (['val/tabby/a.jpg', 'val/n01440764/a.jpg'], "'tabby'.*WnidImageNet.*n01440764"),
        (['val/n01440764/readme.txt'], "no image.*'n01440764'"),
        (['val/a.jpg'], 'val has no folders'),
        (['train/n01440764/a.jpg'], 'val.*WordNet'),
    ],
)
def test_refuses_a_folder_of_another_kind(write_images, paths, message):
    root = write_images(*paths)
    with pytest.raises(DataError, match=message):
        WnidImageNet(data_root=str(root), data_prefix='val')
