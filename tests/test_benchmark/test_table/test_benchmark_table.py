import json
import math
from dataclasses import replace

import pytest
from results_folder import BACKBONES, all_tasks, job, write_results

from singer_mm.benchmark.results import read_results
from singer_mm.benchmark.table.benchmark_table import build_table
from singer_mm.benchmark.table.columns import COLUMNS
from singer_mm.benchmark.table.published import TABLE_1
from singer_mm.errors import ConfigError

NAMES = [column.name for column in COLUMNS]


def table_of(tmp_path, jobs, **arguments):
    write_results(tmp_path, jobs)
    return build_table(read_results(tmp_path), **arguments)


def row_of(table, label, kind='ours', protocol='linear_paper'):
    (row,) = [row for row in table.rows if (row.label, row.kind, row.protocol) == (label, kind, protocol)]
    return dict(zip(NAMES, row.cells, strict=True))


def notes_of(table, cell):
    return [table.footnotes[number - 1] for number in cell.notes]


def failed(task, label, seed=0, error='no data at data/mini; run the maker.'):
    return {'task': task, 'protocol': 'linear_paper', 'backbone': label, 'seed': seed, 'error': error}


def test_table_1_of_the_paper():
    assert len(TABLE_1) == 17
    assert [row.model for row in TABLE_1 if row.teacher is None] == [
        *('ViT-L', 'ViT-S', 'ViT-T', 'DeiT-III-L', 'DeiT-III-B', 'DeiT-III-S'),
    ]
    by_name = {(row.model, row.distillation): row.values for row in TABLE_1}
    assert len(by_name) == 17
    assert by_name['ViT-L to ViT-T', 'SiNGER'] == (70.59, 21.76, 0.9406, 41.11, 38.87, 64.61)
    assert by_name['DeiT-III-L to DeiT-III-B', 'ViTKD'] == (66.54, 19.58, 1.2525, 30.78, 35.77, 58.36)
    # column sums of another transcript of the paper's table: a digit that slips changes one
    sums = [sum(row.values[index] for row in TABLE_1) for index in range(6)]
    assert sums == pytest.approx([1105.26, 360.77, 19.2311, 778.93, 638.77, 1125.38], abs=1e-6)


def test_numbers_of_one_seed(tmp_path):
    table = table_of(tmp_path, [job(task, 'student', 0.6) for task in all_tasks()])
    cells = row_of(table, 'student')
    values = {name: round(cell.value, 6) for name, cell in cells.items()}
    assert values == {
        'IN-val': 60,
        'ADE20K': 36,
        'NYUd': 1.0,
        'iNat2019': 60,
        'DS': (42 + 60) / 2,
        'FG': 60,
        'COCO box': 24,
        'COCO mask': 21,
    }
    assert all(cell.spread is None for cell in cells.values())
    assert [name for name, cell in cells.items() if cell.notes] == ['DS']
    assert notes_of(table, cells['DS']) == ['ImageNet-R over its 200 classes']


def test_mean_and_sample_deviation_over_seeds(tmp_path):
    jobs = [job('imagenet1k', 'student', 0.6, seed) for seed in range(3)]
    jobs += [job(task, 'student', 0.6, seed) for seed in range(3) for task in ('imagenet_r', 'imagenet_v2')]
    table = table_of(tmp_path, jobs)
    cells = row_of(table, 'student')
    assert cells['IN-val'].value == pytest.approx(61)  # 60, 61, 62
    assert cells['IN-val'].spread == pytest.approx(1)
    assert cells['DS'].spread == pytest.approx(0.85)  # (0.7 + 1) / 2 from seed to seed
    assert table.rows[0].seeds == 3


def test_difference_to_the_last_backbone_or_the_one_that_is_named(tmp_path):
    jobs = [job(task, label, skill) for label, skill in BACKBONES.items() for task in ('imagenet1k', 'nyud')]
    table = table_of(tmp_path, jobs)
    assert [row.label for row in table.rows[:5]] == [
        *('teacher', 'Δ to undistilled', 'student', 'Δ to undistilled', 'undistilled'),
    ]
    delta = dict(zip(NAMES, table.rows[3].cells, strict=True))
    assert delta['IN-val'].value == pytest.approx(25)
    assert delta['NYUd'].value == pytest.approx(-0.25)
    assert delta['IN-val'].better and delta['NYUd'].better  # a smaller error is the better one
    assert delta['ADE20K'].value is None

    table = table_of(tmp_path, jobs, baseline='teacher')
    delta = dict(zip(NAMES, table.rows[2].cells, strict=True))
    assert delta['IN-val'].value == pytest.approx(-25)
    assert delta['IN-val'].better is False and delta['NYUd'].better is False


def test_an_unknown_baseline_is_named_with_the_known_ones(tmp_path):
    with pytest.raises(ConfigError, match="'nobody'; the baseline is one of student, undistilled"):
        table_of(tmp_path, [job('nyud', 'student', 0.6), job('nyud', 'undistilled', 0.3)], baseline='nobody')


def test_one_backbone_has_no_difference_and_no_best(tmp_path):
    table = table_of(tmp_path, [job('nyud', 'student', 0.6)])
    assert table.baseline is None
    assert {row.kind for row in table.rows} == {'ours'}
    assert not any(cell.best for cell in table.rows[0].cells)


def test_the_best_of_an_error_is_the_smallest(tmp_path):
    jobs = [job(task, label, skill) for label, skill in BACKBONES.items() for task in ('imagenet1k', 'nyud')]
    table = table_of(tmp_path, jobs)
    assert row_of(table, 'teacher')['NYUd'].best and row_of(table, 'teacher')['IN-val'].best
    assert not row_of(table, 'undistilled')['NYUd'].best


def released(task, label='student', skill=0.6, **fingerprint):
    entry = job(task, label, skill, protocol='linear_released')
    return {**entry, 'fingerprint': {**entry['fingerprint'], **fingerprint}}


def test_published_rows_stand_beside_the_released_protocol_and_are_never_compared(tmp_path):
    jobs = [released('nyud', label, skill) for label, skill in BACKBONES.items()]
    table = table_of(tmp_path, jobs)
    published = [row for row in table.rows if row.kind == 'published']
    assert len(published) == 17
    assert {row.protocol for row in published} == {'published, real data'}
    assert all(cell.better is None and not cell.best for row in published for cell in row.cells)
    assert [row.kind for row in table.rows[-17:]] == ['published'] * 17
    assert published[7].label == 'ViT-L to ViT-T, SiNGER'
    assert published[7].cells[2].value == 0.9406
    assert published[7].cells[6].value is None
    assert not any(row.kind == 'published' for row in table_of(tmp_path, jobs, published=False).rows)
    others = [job('nyud', label, skill) for label, skill in BACKBONES.items()]
    assert not any(row.kind == 'published' for row in table_of(tmp_path, others).rows)


def test_published_rows_without_the_released_protocol_are_refused(tmp_path):
    sentence = 'beside the protocol released only, and this is linear_paper; run --protocol released, or leave'
    with pytest.raises(ConfigError, match=sentence):
        table_of(tmp_path, [job('nyud', 'student', 0.6)], published=True)


def test_each_published_number_says_whether_ours_may_be_compared_with_it(tmp_path):
    jobs = [released(task, data='real', precision='float32') for task in all_tasks() if task not in ('coco', 'pets')]
    jobs.append({**failed('pets', 'student'), 'protocol': 'linear_released'})
    table = table_of(tmp_path, jobs)
    row = next(row for row in table.rows if row.kind == 'published')
    marks = {name: notes_of(table, cell) for name, cell in zip(NAMES, row.cells, strict=True)}
    assert marks['IN-val'] == marks['DS'] == marks['FG'] == ['published: comparable']
    assert marks['COCO box'] == []
    assert [mark.split(':')[1] for name in ('ADE20K', 'NYUd', 'iNat2019') for mark in marks[name]] == [
        ' nearly comparable'
    ] * 3
    assert 'temperature 0.6' in marks['NYUd'][0]


@pytest.mark.parametrize(
    ('fingerprint', 'mark'),
    [
        (dict(data='mini (procedural miniature)'), 'not comparable: ours are measured on the miniature'),
        (dict(data='real', precision='bfloat16 backbone, float32 head'), 'nearly comparable: our backbone runs in bf'),
        (dict(data='real', precision='float32'), 'comparable'),
    ],
)
def test_marks_follow_from_how_ours_were_measured(fingerprint, mark, tmp_path):
    table = table_of(tmp_path, [released('imagenet1k', **fingerprint)])
    row = next(row for row in table.rows if row.kind == 'published')
    (note,) = notes_of(table, row.cells[0])
    assert note.startswith(f'published: {mark}')
    assert notes_of(table, row.cells[1]) == ['published: not comparable: we have no number of this column']


def test_the_table_says_among_how_many_classes_imagenet_r_was_measured(tmp_path):
    jobs = [released('imagenet_r'), released('imagenet_v2')]
    jobs[0]['metrics'] = {'imagenet_r/top1': 31.0, 'imagenet_r/top1_masked': 43.0}
    table = table_of(tmp_path, jobs)
    cell = row_of(table, 'student', protocol='linear_released')['DS']
    assert cell.value == pytest.approx((31 + 60) / 2)
    assert notes_of(table, cell) == ['ImageNet-R over all 1,000 classes of ImageNet']


@pytest.mark.parametrize('version', ['dinov2', 'dinov3'])
def test_depth_by_a_publication_stands_in_the_standard_row(version, tmp_path):
    jobs = [job('imagenet1k', 'student', 0.6, protocol='linear_standard')]
    jobs += [job('nyud', 'student', 0.6, protocol=f'linear_standard_{version}')]
    table = table_of(tmp_path, jobs)
    cell = row_of(table, 'student', protocol='linear_standard')['NYUd']
    assert cell.value == pytest.approx(1.0)
    assert notes_of(table, cell) == [f'NYUd-v2 by linear_standard_{version}']


def test_a_failed_job_leaves_a_footnote_with_its_sentence(tmp_path):
    table = table_of(tmp_path, [job('imagenet1k', 'student', 0.6), failed('ade20k', 'student')])
    cells = row_of(table, 'student')
    assert cells['ADE20K'].value is None
    assert notes_of(table, cells['ADE20K']) == [
        'student, ade20k, linear_paper, seed 0 failed: no data at data/mini; run the maker.'
    ]
    assert notes_of(table, cells['NYUd']) == ['not run: NYUd-v2']


def test_a_mean_of_tasks_needs_all_of_them(tmp_path):
    jobs = [job(task, 'student', 0.6) for task in ('imagenet_r', 'aircraft', 'pets', 'food101')]
    table = table_of(tmp_path, [*jobs, failed('flowers102', 'student')])
    cells = row_of(table, 'student')
    assert cells['DS'].value is None and cells['FG'].value is None
    assert notes_of(table, cells['DS']) == ['not run: ImageNet-v2']
    assert 'flowers102' in notes_of(table, cells['FG'])[0]


def test_a_seed_that_failed_is_left_out_and_named(tmp_path):
    jobs = [job('nyud', 'student', 0.6, seed) for seed in range(2)] + [failed('nyud', 'student', seed=2)]
    table = table_of(tmp_path, jobs)
    cell = row_of(table, 'student')['NYUd']
    assert cell.value == pytest.approx((1.0 + 0.99) / 2)
    assert notes_of(table, cell)[0] == 'over 2 instead of 3 seeds'
    assert 'seed 2 failed' in notes_of(table, cell)[1]


@pytest.mark.parametrize(
    ('metrics', 'sentence'),
    [
        ({'rmse': math.nan}, 'student, nyud, linear_paper, seed 0 gave rmse = nan'),
        ({'rmse': -1}, 'student, nyud, linear_paper, seed 0 gave rmse = -1'),
        ({'d1': 0.5}, 'student, nyud, linear_paper, seed 0 gave no rmse'),
    ],
)
def test_a_number_that_is_none_is_explained(tmp_path, metrics, sentence):
    table = table_of(tmp_path, [{**job('nyud', 'student', 0.6), 'metrics': metrics}])
    cell = row_of(table, 'student')['NYUd']
    assert cell.value is None
    assert notes_of(table, cell) == [sentence]


def test_a_detector_that_finds_nothing_is_explained(tmp_path):
    table = table_of(tmp_path, [job('nyud', 'a', 0.6), {**job('coco', 'a', 0.6), 'metrics': {'n_evaluated': 40}}])
    sentence = 'a, coco, frozen_maskrcnn, seed 0 gave no coco/bbox_mAP, as when nothing is detected'
    assert notes_of(table, row_of(table, 'a')['COCO box']) == [sentence]


def test_detection_stands_in_the_rows_of_the_frozen_backbone(tmp_path):
    jobs = [job('imagenet1k', 'student', 0.6, protocol=protocol) for protocol in ('linear_standard', 'knn')]
    jobs += [job('coco', 'student', 0.6)]
    table = table_of(tmp_path, jobs)
    assert row_of(table, 'student', protocol='linear_standard')['COCO box'].value == pytest.approx(24)
    assert row_of(table, 'student', protocol='knn')['COCO box'].value is None
    alone = table_of(tmp_path, [job('coco', 'student', 0.6)])
    assert row_of(alone, 'student', protocol='frozen_maskrcnn')['COCO mask'].value == pytest.approx(21)


def test_protocols_are_kept_apart(tmp_path):
    jobs = [
        job('imagenet1k', label, skill, protocol=protocol)
        for protocol in ('linear_paper', 'linear_standard')
        for label, skill in BACKBONES.items()
    ]
    for entry in jobs[3:]:
        entry['fingerprint']['crop'] = 'centre'  # another protocol may measure otherwise
    table = table_of(tmp_path, jobs)
    ours = [(row.label, row.protocol) for row in table.rows if row.kind == 'ours']
    assert ours == [(label, protocol) for protocol in ('linear_paper', 'linear_standard') for label in BACKBONES]


def test_neighbours_are_read_by_twenty(tmp_path):
    metrics = {'knn/top1_k10': 50.0, 'knn/top1_k20': 52.0, 'knn/top1_k100': 49.0}
    table = table_of(tmp_path, [{**job('imagenet1k', 'student', 0.6, protocol='knn'), 'metrics': metrics}])
    assert row_of(table, 'student', protocol='knn')['IN-val'].value == 52.0


def mixed_jobs():
    jobs = [job(task, label, skill) for label, skill in BACKBONES.items() for task in ('imagenet1k', 'nyud')]
    jobs[2]['fingerprint']['image size'] = '256'  # student, imagenet1k
    return jobs


def test_different_measurements_are_refused_with_both_jobs_and_the_key(tmp_path):
    with pytest.raises(ConfigError) as caught:
        table_of(tmp_path, mixed_jobs())
    for words in ('teacher, imagenet1k', 'student, imagenet1k', 'image size: 224 and 256'):
        assert words in str(caught.value)
    assert 'crop' not in str(caught.value)


def test_different_measurements_are_marked_and_not_compared_if_allowed(tmp_path):
    table = table_of(tmp_path, mixed_jobs(), allow_mixed=True)
    cell = row_of(table, 'student')['IN-val']
    assert cell.value == pytest.approx(60)
    assert 'image size: 224 and 256' in notes_of(table, cell)[0]
    deltas = [dict(zip(NAMES, row.cells, strict=True)) for row in table.rows if row.kind == 'delta']
    assert deltas[1]['IN-val'].value is None  # student
    assert deltas[0]['IN-val'].value is not None  # teacher
    assert deltas[1]['NYUd'].value is not None
    assert not any(row_of(table, label)['IN-val'].best for label in BACKBONES)


def test_a_key_that_only_one_job_states_is_a_difference(tmp_path):
    jobs = [job('nyud', label, skill) for label, skill in BACKBONES.items()]
    del jobs[1]['fingerprint']['crop']
    with pytest.raises(ConfigError, match='crop: squash and not stated'):
        table_of(tmp_path, jobs)


def test_what_belongs_to_the_backbone_may_differ(tmp_path):
    jobs = [job('nyud', label, skill) for label, skill in BACKBONES.items()]
    for index, entry in enumerate(jobs):
        entry['fingerprint'] |= {'normalisation': str(index), 'backbone_layers': str(index), 'patch_size': index}
    assert all(note.startswith('not run') for note in table_of(tmp_path, jobs).footnotes)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        (None, 'does not exist; run tools/benchmark.py'),
        ('{"jobs": [', 'no complete JSON'),
        ('{}', 'no result of tools/benchmark.py'),
        ('{"jobs": [{"task": "nyud"}]}', 'no result of tools/benchmark.py'),
        ('{"jobs": []}', 'holds no job'),
    ],
)
def test_results_that_cannot_be_read_are_one_sentence(tmp_path, content, words):
    if content is not None:
        (tmp_path / 'results.json').write_text(content)
    with pytest.raises(ConfigError, match=words) as caught:
        read_results(tmp_path)
    assert 'results.json' in str(caught.value)


def test_tasks_come_in_the_order_of_the_report(tmp_path):
    write_results(tmp_path, [job('coco', 'a', 0.5), job('nyud', 'a', 0.5), job('imagenet1k', 'a', 0.5)])
    results = read_results(tmp_path)
    assert results.tasks == ['imagenet1k', 'nyud', 'coco']
    assert results.select(task='nyud')[0].folder.as_posix() == 'a/nyud/linear_paper/seed0'
    assert replace(results.jobs[0], seed=3).name == 'a, coco, frozen_maskrcnn, seed 3'
    assert json.loads((tmp_path / 'results.json').read_text())['jobs']
