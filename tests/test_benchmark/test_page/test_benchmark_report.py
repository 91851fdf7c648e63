import base64
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image
from results_folder import BACKBONES, build_folder, job, write_feature_maps, write_results

from singer_mm.benchmark.job_result import JobResult
from singer_mm.benchmark.page.benchmark_report import make_benchmark_report
from singer_mm.benchmark.page.details import over_seeds, short_hash
from singer_mm.benchmark.page.job_files import load_photo
from singer_mm.benchmark.page.overview import draw_features
from singer_mm.benchmark.page.pictures import picture_label
from singer_mm.benchmark.results import read_results
from singer_mm.benchmark.table.columns import is_number
from singer_mm.errors import ConfigError

pytestmark = pytest.mark.slow

TASKS = ('imagenet1k', 'imagenet_r', 'pets', 'ade20k', 'nyud', 'coco')
VOID = {'meta', 'img', 'br', 'link'}


class Balance(HTMLParser):
    """Collects the tags that are not closed in the order in which they were opened."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.faults = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """The report of three backbones and all tasks, one job failed, one raised an alarm."""
    out = tmp_path_factory.mktemp('benchmark')
    jobs = build_folder(out, seeds=1, tasks=TASKS)
    jobs[0]['alarms'] = ['<b>labels</b> are off by one']
    lost = next(entry for entry in jobs if entry['task'] == 'pets' and entry['backbone']['label'] == 'student')
    lost |= {'metrics': {}, 'error': 'no data at data/mini/pets.'}
    write_results(out, jobs)
    (out / 'pictures').mkdir()
    (out / 'pictures' / 'of_an_earlier_report.png').write_bytes(b'')
    assert make_benchmark_report(out) == out / 'report.html'
    return out


@pytest.fixture(scope='module')
def page(folder):
    return (folder / 'report.html').read_text()


def test_all_files_are_written_and_no_others(folder):
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        *('results.json', 'table.md', 'table.tex', 'table.csv', 'report.html'),
    }
    names = {path.name for path in (folder / 'pictures').iterdir()}
    assert 'of_an_earlier_report.png' not in names
    assert {
        'radar_linear_paper.png',
        'imagenet1k_linear_standard_sweep.png',
        'imagenet_r_confusion.png',
        'pets_failures.png',
        'ade20k_segmentation.png',
        'nyud_depth.png',
        'coco_boxes.png',
        'patch_norms.png',
        'feature_pca.png',
    } <= names


def test_page_is_whole_html(page):
    assert page.startswith('<!doctype html>')
    balance = Balance()
    balance.feed(page)
    assert not balance.faults and not balance.open


def test_page_needs_nothing_from_elsewhere_and_is_small(folder, page):
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == len(list((folder / 'pictures').iterdir()))
    for source in sources:
        kind, data = re.fullmatch(r'data:image/(png|jpeg);base64,(.*)', source).groups()
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.format.lower() == kind
    assert 'http' not in re.sub(r'base64,[^"]*', '', page)
    assert len(page) < 5e6


def test_pictures_fit_the_page_and_have_a_text(page):
    widths = [int(width) for width in re.findall(r'<img [^>]*width="(\d+)"', page)]
    assert widths and max(widths) <= 1300 and min(widths) >= 300
    assert len(re.findall(r'<img [^>]*alt="[^"]{8,}"', page)) == len(widths)


def test_browser_draws_the_page_without_sideways_scrolling(folder, page, tmp_path):
    """Where there is a Chromium; the screenshot stays in ``work_dirs/test_artefacts``."""
    assert '<meta name="viewport"' in page
    browser = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if browser is None:
        return
    artefacts = ROOT / 'work_dirs/test_artefacts'
    artefacts.mkdir(parents=True, exist_ok=True)
    screenshot = artefacts / 'benchmark_report.png'
    screenshot.unlink(missing_ok=True)
    probe = tmp_path / 'probe.html'
    script = '<script>document.title = `${document.documentElement.scrollWidth} ${innerWidth}`</script>'
    probe.write_text(page.replace('</body>', f'{script}</body>'))
    options = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
    options += ['--disable-component-update', '--disable-sync', f'--user-data-dir={tmp_path / "profile"}']
    run = [browser, *options, '--window-size=1200,6000']
    dom = subprocess.run([*run, '--dump-dom', probe.as_uri()], capture_output=True, text=True, timeout=120).stdout
    width, window = map(int, re.search(r'<title>(\d+) (\d+)</title>', dom).groups())
    assert width <= window
    subprocess.run([*run, f'--screenshot={screenshot}', (folder / 'report.html').as_uri()], check=True, timeout=120)
    with Image.open(screenshot) as picture:
        assert picture.size == (1200, 6000)
        assert len(np.unique(np.asarray(picture.convert('L')))) > 50


def test_alarms_and_failures_stand_on_top_and_escaped(page):
    alarm, failure, results = (page.index(words) for words in ('off by one', 'no data at', '<h2>Results</h2>'))
    assert alarm < failure < results
    assert '&lt;b&gt;labels&lt;/b&gt;' in page


def test_table_has_ours_and_differences(page):
    assert page.count('<tr class="ours') == 6  # by two protocols
    assert page.count('<tr class="delta') == 4
    assert page.count('<tr class="published') == 0  # but beside the protocol released
    assert page.count('<tr class="group"') == 2
    widths = {
        row.count('<td') + row.count('<th')
        for row in re.findall(r'<tr class="(?:ours|delta)[^>]*>.*?</tr>', page, flags=re.DOTALL)
    }
    assert widths == {10}
    assert 'no data at data/mini/pets.</li>' in page


def test_details_fingerprints_and_command_are_shown(page):
    for words in (
        'per_class/mean',
        'imagenet_r/top1_unmasked',
        'abs_rel',
        '<details>',
        'tools/benchmark.py',
        '40 of 40',
    ):
        assert words in page
    assert 'coco/bbox_mAP_l' not in page  # -1: no such objects


def test_numbers_alone_make_a_report(tmp_path):
    write_results(tmp_path, [job('nyud', label, skill) for label, skill in BACKBONES.items()])
    page = make_benchmark_report(tmp_path).read_text()
    assert make_benchmark_report(tmp_path).read_text() == page
    assert '<img' not in page and '<h2>Feature maps' not in page and 'role="alert"' not in page
    assert not (tmp_path / 'pictures').exists()


def test_a_damaged_file_is_named_and_does_not_stop_the_report(tmp_path):
    write_results(tmp_path, [job('nyud', 'student', 0.5)])
    predictions = tmp_path / 'student/nyud/linear_paper/seed0/predictions.npz'
    predictions.parent.mkdir(parents=True)
    predictions.write_bytes(b'PK\x03\x04 torn')
    predictions.with_name('sweep.json').write_text('{"key": "rmse"')
    np.savez(predictions.with_name('feature_maps.npz'), norms=np.ones((1, 2, 2)))
    page = make_benchmark_report(tmp_path).read_text()
    for name in ('predictions.npz cannot be read', 'sweep.json is no complete sweep', 'lacks the array'):
        assert name in page


def test_feature_maps_are_those_of_the_finished_jobs(tmp_path):
    jobs = [job('nyud', label, skill) for label, skill in BACKBONES.items()]
    jobs[0] = {**jobs[0], 'metrics': {}, 'error': 'no data.'}
    write_results(tmp_path, jobs)
    failed, finished, _ = (tmp_path / label / 'nyud/linear_paper/seed0' for label in BACKBONES)
    for folder, skill in ((failed, 0.1), (finished / 'before-20260101-000000', 0.2)):
        write_feature_maps(folder, skill)
    results = read_results(tmp_path)
    assert draw_features(results, tmp_path).pictures == []
    write_feature_maps(finished, 0.3)
    np.savez(failed / 'feature_maps.npz', norms=np.ones((1, 2, 2)))
    np.savez(finished / 'before-20260101-000000/feature_maps.npz', norms=np.ones((1, 2, 2)))
    section = draw_features(results, tmp_path)
    assert len(section.pictures) == 2 and section.problems == []


def test_mixed_fingerprints_leave_the_old_report(tmp_path):
    jobs = [job('nyud', label, skill) for label, skill in BACKBONES.items()]
    jobs[1]['fingerprint']['crop'] = 'centre'
    write_results(tmp_path, jobs)
    (tmp_path / 'table.md').write_text('old')
    with pytest.raises(ConfigError, match='crop'):
        make_benchmark_report(tmp_path)
    assert (tmp_path / 'table.md').read_text() == 'old'
    page = make_benchmark_report(tmp_path, allow_mixed=True).read_text()
    assert 'measured otherwise' in page
    assert '<th scope="col">student</th>' in page  # the fingerprints side by side


def test_a_photograph_that_is_gone_is_grey(tmp_path):
    assert load_photo(str(tmp_path / 'no.jpg'), size=(4, 6)).shape == (4, 6, 3)
    Image.fromarray(np.zeros((40, 20, 3), np.uint8)).save(tmp_path / 'a.png')
    assert load_photo(str(tmp_path / 'a.png'), largest_side=10).shape == (10, 5, 3)
    assert load_photo(str(tmp_path / 'a.png')).shape == (40, 20, 3)


def test_labels_of_pictures_break_where_words_end():
    assert picture_label('student') == 'student'
    assert picture_label('vit_tiny_patch16_224.augreg_in21k_ft_in1k') == 'vit_tiny_patch16_224.\naugreg_in21k_ft_in1k'


def test_details_over_seeds_by_hand():
    jobs = [JobResult('nyud', 'p', 'a', seed, {'rmse': value}) for seed, value in enumerate((1.0, 1.2, float('nan')))]
    assert over_seeds(jobs, 'rmse') == '1.100 ± 0.14'
    assert over_seeds(jobs[:1], 'rmse') == '1.000'
    assert over_seeds(jobs, 'd1') == '–'
    assert [is_number(value) for value in (1, 0.5, -1, True, 'x', None)] == [True, True, False, False, False, False]
    assert short_hash('ab' * 32) == 'abababababab' and short_hash('vit_tiny') == 'vit_tiny'


def test_results_hold_what_the_report_needs(folder):
    content = json.loads((folder / 'results.json').read_text())
    assert {'jobs', 'versions', 'machine', 'command'} == set(content)
