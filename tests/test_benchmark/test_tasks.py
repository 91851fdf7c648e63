import pytest
from conftest import ROOT

from singer_mm.benchmark.table.columns import COLUMNS
from singer_mm.benchmark.tasks import PROTOCOLS, TASKS, select_tasks
from singer_mm.errors import ConfigError
from singer_mm.preparation import OFFICIAL


def names(*arguments):
    return [task.name for task in select_tasks(*arguments)]


def test_all_is_every_task_of_the_protocol_in_the_order_of_the_table():
    assert names(['all'], 'paper') == list(TASKS)
    assert names(['all'], 'standard_dinov2') == names(['all'], 'standard_dinov3') == list(TASKS)
    # Publications differ in depth; nothing released is about detection.
    assert names(['all'], 'standard') == [name for name in TASKS if name != 'nyud']
    assert names(['all'], 'released') == [name for name in TASKS if name != 'coco']
    assert names(['all'], 'knn') == ['imagenet1k', 'aircraft', 'pets', 'food101', 'flowers102']


def test_order_is_that_of_the_table_and_nothing_comes_twice():
    assert names(['coco', 'pets', 'ade20k', 'pets'], 'paper') == ['ade20k', 'pets', 'coco']
    assert names(['pets', 'all'], 'knn') == names(['all'], 'knn')


def test_domain_shift_brings_the_task_that_trains_its_head_and_brings_it_first():
    assert names(['imagenet_r'], 'paper') == ['imagenet1k', 'imagenet_r']
    assert names(['imagenet_v2', 'imagenet_r'], 'finetune') == ['imagenet1k', 'imagenet_r', 'imagenet_v2']


@pytest.mark.parametrize(
    ('wanted', 'protocol', 'sentence'),
    [
        (['cifar'], 'paper', r"task 'cifar' does not exist in protocol 'paper'; allowed: all, imagenet1k, .*, coco\.$"),
        (['all', 'cifar'], 'paper', r"task 'cifar' does not exist"),
        (
            ['coco'],
            'knn',
            r"task 'coco' does not exist in protocol 'knn'; take protocol paper or .* or finetune; allowed",
        ),
        (
            ['coco'],
            'released',
            r"task 'coco' does not exist in protocol 'released'; take protocol paper or standard or",
        ),
        (
            ['nyud'],
            'standard',
            r"does not exist in protocol 'standard'; .* standard_dinov2 or standard_dinov3 or finetune",
        ),
        (
            ['all'],
            'full',
            r"protocol 'full' is unknown; allowed: released, paper, standard, standard_dinov2, .*finetune\.$",
        ),
    ],
)
def test_unknown_names(wanted, protocol, sentence):
    with pytest.raises(ConfigError, match=sentence):
        select_tasks(wanted, protocol)


def test_every_cell_has_a_config_and_every_dataset_a_checker():
    for configs in PROTOCOLS.values():
        for task, name in configs.items():
            assert (ROOT / f'configs/downstream/{task}/{name}.py').is_file()
    assert {task.dataset for task in TASKS.values()} == set(OFFICIAL)


def test_headline_numbers_are_those_of_the_columns():
    read = {task: keys for column in COLUMNS for task, keys in column.parts.items() if column.name != 'COCO mask'}
    assert {task.name for task in TASKS.values()} == set(read)
    for task in TASKS.values():
        assert task.metric in read[task.name]
    assert [task.name for task in TASKS.values() if not task.higher_is_better] == ['nyud']
