import json

import pytest
import torch
from rich.console import Console

from singer_mm.analysis.artifacts.artifact_report import ArtifactReport
from singer_mm.analysis.artifacts.measure_artifacts import measure_artifacts
from singer_mm.datasets.photographs import Photographs


@pytest.fixture
def report(planted_teacher):
    batch = torch.rand(2, 3, 64, 64)
    pixels = [(image * 255).byte().permute(1, 2, 0).numpy() for image in batch]
    images = Photographs(['a.png', 'b.png'], pixels)
    return ArtifactReport('planted', planted_teacher, images, measure_artifacts(planted_teacher, batch))


def test_json_holds_coordinates_that_lead_back_to_the_patches(report, tmp_path):
    report.save(tmp_path / 'artifacts.json')
    content = json.loads((tmp_path / 'artifacts.json').read_text())
    outliers = content['layers'][3]['outliers']
    assert list(zip(outliers['image'], outliers['row'], outliers['column'], strict=True)) == [
        *((0, 1, 1), (0, 2, 4)),
        *((1, 1, 1), (1, 2, 4)),
    ]
    assert min(outliers['times_median']) > 2
    assert content['layers'][0]['outliers']['image'] == []
    assert content['layers'][0]['outlier_energy_inside'] is None
    assert len(content['layers'][5]['singular_values']) == 48
    assert content['recommendation']['layers'] == [3, 5]
    assert content['images'] == ['a.png', 'b.png'] and content['grid'] == [8, 8] and content['size'] == 64
    assert [path.name for path in tmp_path.iterdir()] == ['artifacts.json']


def test_rows_say_where_the_outliers_are(report):
    rows = report.rows()
    assert rows[3]['outlier_share'] == pytest.approx(2 / 64)
    assert rows[3]['outliers_on_border'] == 0
    assert rows[3]['outliers_kept_from_previous'] == 0
    assert rows[4]['outliers_kept_from_previous'] == 1
    assert rows[0]['outliers_kept_from_previous'] is None
    assert report.border.mean() == 28 / 64


def test_random_weights_are_a_warning(report):
    assert any('random' in sentence for sentence in report.warnings)
    report.network.weights_loaded = True
    assert not any('random' in sentence for sentence in report.warnings)


def test_table_has_a_line_for_each_block_and_stars(report):
    console = Console(width=120, record=True, file=open('/dev/null', 'w'))
    console.print(report.table())
    text = console.export_text()
    assert '2 images of 64 px, 8 x 8 patches' in text
    lines = [line.split('│')[1].strip() for line in text.splitlines() if line.startswith('│')]
    assert lines == ['0', '1', '2', '*3', '4', '*5']
