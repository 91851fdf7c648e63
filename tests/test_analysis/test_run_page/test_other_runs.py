"""Runs that distil no features get a report of what they logged; tools that need a distiller say so."""

import json

import pytest
from test_analysis.test_run_page.conftest import VIT

from singer_mm.analysis.run_page.make_report import make_report
from singer_mm.analysis.views.feature_views import view_images
from singer_mm.engine.config.image_size import training_set
from singer_mm.errors import ConfigError
from singer_mm.models.distillers.distiller import Distiller
from singer_mm.runs.trained_run import read_run, untrained_distiller, untrained_model

pytestmark = pytest.mark.slow

MEAN = [127.5] * 3
LOGITS = dict(
    type='LogitsDistiller',
    num_classes=3,
    teacher=dict(VIT, embed_dim=24, depth=3, num_heads=3, num_classes=3),
    student=dict(VIT, embed_dim=12, depth=2, num_heads=3),
)
CLASSIFIER = dict(
    type='mmpretrain.ImageClassifier',
    backbone=dict(VIT, type='singer_mm.TimmViT', embed_dim=12, depth=2, num_heads=3, out_type='cls_token'),
    head=dict(
        type='mmpretrain.LinearClsHead',
        num_classes=3,
        in_channels=12,
        loss=dict(type='mmpretrain.CrossEntropyLoss'),
    ),
    data_preprocessor=dict(type='mmpretrain.ClsDataPreprocessor', mean=MEAN, std=MEAN, to_rgb=True, num_classes=3),
)
TASK = dict(
    type='TaskDistiller',
    task_model=CLASSIFIER,
    distiller=dict(
        type='FeatureDistiller', teacher=dict(VIT, embed_dim=24, depth=3, num_heads=3), teacher_layers=[1, 2]
    ),
)


@pytest.fixture(scope='module')
def labelled(photos, tmp_path_factory):
    """Train on the photographs with labels."""
    folder = tmp_path_factory.mktemp('labels')
    names = ('a.png', 'b.png', 'c.png', 'more/a.png')
    samples = [dict(img_path=name, gt_label=index % 3) for index, name in enumerate(names)]
    content = dict(metainfo=dict(classes=['x', 'y', 'z']), data_list=samples)
    (folder / 'labels.json').write_text(json.dumps(content))
    images = dict(
        type='mmpretrain.BaseDataset',
        ann_file=str(folder / 'labels.json'),
        data_root=str(photos),
        pipeline=[
            dict(type='mmpretrain.LoadImageFromFile'),
            dict(type='mmpretrain.Resize', scale=(32, 32)),
            dict(type='mmpretrain.PackInputs'),
        ],
    )
    loader = dict(batch_size=2, num_workers=0)
    return dict(
        custom_imports=dict(imports=['singer_mm.libraries.mmpretrain'], allow_failed_imports=False),
        train_dataloader=dict(
            loader,
            drop_last=True,
            sampler=dict(type='ResumableSampler'),
            dataset=dict(type='SeededDataset', dataset=images),
        ),
        custom_hooks=[],
    )


@pytest.fixture(scope='module')
def runs(train, labelled):
    return dict(
        LogitsDistiller=train(LOGITS, custom_hooks=[]),
        ImageClassifier=train(CLASSIFIER, **labelled),
        TaskDistiller=train(TASK, **labelled),
    )


@pytest.mark.parametrize(
    ('kind', 'losses'),
    [
        ('LogitsDistiller', ['loss_logits']),
        ('ImageClassifier', ['loss']),
        ('TaskDistiller', ['loss', 'loss_kd', 'loss_task']),
    ],
)
def test_the_report_holds_what_there_is(runs, tmp_path, kind, losses):
    page = make_report(runs[kind], tmp_path)
    summary = json.loads((tmp_path / 'summary.json').read_text())
    assert summary['method'] == kind
    assert sorted(summary['losses']) == losses
    assert {path.name for path in tmp_path.iterdir()} == {'losses.png', 'report.html', 'summary.json'}
    text = page.read_text()
    assert text.count('data:image/png;base64,') == 1
    assert kind in text


def test_photographs_of_such_a_run_are_refused(runs, photos, tmp_path):
    for given in (dict(images=str(photos)), dict(size=32)):
        with pytest.raises(ConfigError, match=r'LogitsDistiller.*--images.*--size'):
            make_report(runs['LogitsDistiller'], tmp_path, **given)
    assert not list(tmp_path.iterdir())


def test_tools_that_need_a_distiller_say_so(runs, photos):
    for kind in runs:
        with pytest.raises(ConfigError, match=f'tiny.py.*{kind}.*FeatureDistiller'):
            untrained_distiller(read_run(runs[kind]))
    with pytest.raises(ConfigError, match='FeatureDistiller'):
        view_images([str(runs['ImageClassifier'])], str(photos), None, 2)


def test_a_student_of_logits_is_exported_as_well(runs):
    assert untrained_model(read_run(runs['LogitsDistiller']), Distiller).student.num_layers == 2
    with pytest.raises(ConfigError, match='ImageClassifier.* Distiller'):
        untrained_model(read_run(runs['ImageClassifier']), Distiller)


def test_the_training_set_is_that_inside_the_wrappers(runs, photos):
    assert training_set(read_run(runs['ImageClassifier']).config).data_root == str(photos)
