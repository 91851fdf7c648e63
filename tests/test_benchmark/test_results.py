import json

import pytest

from singer_mm.benchmark.results import write_results
from singer_mm.benchmark.tasks import TASKS


def test_headline_is_in_percent_or_metres():
    assert TASKS['imagenet1k'].headline({'accuracy/top1': 61.5}) == 61.5
    assert TASKS['coco'].headline({'coco/bbox_mAP': 0.25, 'coco/segm_mAP': 0.2}) == 25
    assert TASKS['nyud'].headline({'rmse': 0.5}) == 0.5
    assert TASKS['ade20k'].headline({'aAcc': 50.0}) is None


def test_results_and_failures_in_the_order_of_the_jobs(job, finish):
    jobs = [job('aircraft'), job('imagenet1k'), job('pets'), job('coco')]
    finish(jobs[0], task='aircraft', backbone=dict(label='student', params_m=0.1), seed=0)
    # A result of other settings lies there, too.
    finish(jobs[1])
    (jobs[1].folder / 'failure.json').write_text(json.dumps({'error': 'no data.'}))
    path = write_results(jobs, jobs[0].settings.out, 'python tools/benchmark.py x')
    content = json.loads(path.read_text())
    assert content['command'] == 'python tools/benchmark.py x'
    assert {'torch', 'timm', 'mmengine', 'singer_mm'} <= content['versions'].keys() and content['machine']
    first, second, third, fourth = content['jobs']
    assert first['metrics'] == {'accuracy/top1': 60.0} and first['backbone']['params_m'] == 0.1
    assert first['folder'] == 'student/aircraft/linear_paper/seed0'
    assert second == dict(
        task='imagenet1k',
        protocol='linear_paper',
        backbone={'label': 'student'},
        seed=0,
        error='no data.',
        folder='student/imagenet1k/linear_paper/seed0',
    )
    assert third['error'] == 'not run'
    assert (fourth['task'], fourth['protocol']) == ('coco', 'frozen_maskrcnn')


@pytest.mark.parametrize('value', [float('nan'), float('inf')])
def test_a_number_that_is_none_survives_the_file(job, finish, value):
    one = job('nyud')
    finish(one, metrics={'rmse': value})
    path = write_results([one], one.settings.out, '')
    assert str(json.loads(path.read_text())['jobs'][0]['metrics']['rmse']) == str(value)
