import pytest

from singer_mm.benchmark.jobs.plan import plan_jobs, split_folder_label
from singer_mm.errors import ConfigError, DataError


def test_jobs_task_by_task_within_a_backbone(small, settings):
    backbones = [f'a:{small.first}', f'b:{small.second}']
    jobs = plan_jobs(backbones, ['aircraft', 'imagenet_r'], settings(seeds=2))
    order = [(job.label, job.task.name, job.seed) for job in jobs]
    tasks = ('imagenet1k', 'imagenet_r', 'aircraft')
    assert order == [(label, task, seed) for label in 'ab' for task in tasks for seed in (0, 1)]
    assert {job.reference for job in jobs if job.label == 'b'} == {small.second}
    # Whoever trains a head comes before those that evaluate it, with the same seed.
    for job in jobs:
        if job.head_job is not None:
            assert jobs.index(job.head_job) < jobs.index(job)
            assert job.head_job.seed == job.seed
    assert len({job.folder for job in jobs}) == len(jobs)


@pytest.mark.parametrize(
    ('argument', 'label', 'reference'),
    [
        ('hf-hub:timm/vit_tiny.augreg', 'hf-hub_timm_vit_tiny.augreg', 'hf-hub:timm/vit_tiny.augreg'),
        ('a:b:x.pth', 'a_b', 'x.pth'),
        ('no distillation / 2:x.pth', 'no_distillation_2', 'x.pth'),
        ('2026-05-01T12:30/x.pth', '2026-05-01T12', '30/x.pth'),
    ],
)
def test_labels_name_folders(argument, label, reference):
    assert split_folder_label(argument) == (label, reference)


@pytest.mark.parametrize('label', ['..', '.', '...', 'a' * 201, 'é' * 101])
def test_a_label_that_cannot_be_a_folder_is_refused(label):
    with pytest.raises(ConfigError, match='LABEL:BACKBONE'):
        split_folder_label(f'{label}:student.pth')


def test_refused(small, settings, tmp_path):
    one = f'a:{small.first}'
    with pytest.raises(ConfigError, match=r"two backbones are labelled 'a'; write LABEL:BACKBONE to tell them apart"):
        plan_jobs([one, f'a:{small.second}'], ['all'], settings())
    with pytest.raises(ConfigError, match=r'backbone file gone/student\.pth does not exist; give the student\.pth'):
        plan_jobs([one, 'gone/student.pth'], ['all'], settings())
    with pytest.raises(ConfigError, match=r"task 'cifar' does not exist"):
        plan_jobs([one], ['cifar'], settings())
    with pytest.raises(ConfigError, match=r'--seeds is 0, and must be at least 1'):
        plan_jobs([one], ['all'], settings(seeds=0))
    with pytest.raises(DataError, match=r'data folder .*gone does not exist; see docs/prepare_datasets\.md'):
        plan_jobs([one], ['all'], settings(data=str(tmp_path / 'gone')))


def test_a_missing_miniature_says_how_to_make_it(small, settings, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r'data folder data/mini does not exist; python tools/make_mini_suite\.py'):
        plan_jobs([small.first], ['all'], settings(data='mini'))
