import json
from pathlib import Path

import pytest
import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_data_config

from singer_mm.benchmark.calibration.hypothesis import BACKBONES, HYPOTHESES, calibration_jobs
from singer_mm.benchmark.calibration.shipped_classifier import shipped_accuracy
from singer_mm.benchmark.calibration.verdict import MODEL_CARDS, TOLERANCES, judge, write_verdicts
from singer_mm.benchmark.table.columns import COLUMNS
from singer_mm.benchmark.table.published import TABLE_1
from singer_mm.datasets.imagenet_classes import imagenet_wnids


@pytest.fixture
def jobs(job, small):
    settings = job('imagenet1k', protocol='released').settings
    return calibration_jobs([f'ViT-T:{small.first}'], settings)


def write(one, **metrics):
    one.folder.mkdir(parents=True, exist_ok=True)
    (one.folder / 'result.json').write_text(json.dumps(dict(metrics=metrics)))


def test_every_hypothesis_is_one_set_of_jobs_in_a_folder_of_its_own(jobs):
    folders = {each.settings.out.name for each in jobs}
    assert folders == {hypothesis.name for hypothesis in HYPOTHESES}
    assert set(MODEL_CARDS) == set(BACKBONES) <= {row.model for row in TABLE_1 if row.teacher is None}
    assert [column.name for column in COLUMNS[:6]] == list(TOLERANCES)
    assert len({each.folder for each in jobs}) == len(jobs)


def test_options_reach_the_configs_and_no_others(jobs):
    def config(hypothesis, task):
        (found,) = [each for each in jobs if (each.settings.out.name, each.task.name) == (hypothesis, task)]
        return found.config()

    assert config('released', 'nyud').model.decode_head.temperature == 0.6
    assert config('temperature-0.03', 'nyud').model.decode_head.temperature == 0.03
    own = config('own-normalisation', 'imagenet1k').model.data_preprocessor
    assert list(own.mean) == [127.5] * 3 and list(own.std) == [127.5] * 3
    for task in ('ade20k', 'nyud'):
        cfg = config('test-images-normalised-as-training-images', task)
        train, test = (
            next(step for step in pipeline if step.type == 'Normalize')
            for pipeline in (cfg.train_dataloader.dataset.dataset.pipeline, cfg.test_dataloader.dataset.pipeline)
        )
        assert list(train.mean) == pytest.approx(list(test.mean)) and list(train.std) == pytest.approx(list(test.std))
    splits = config('trainval-and-test', 'aircraft')
    assert (
        splits.train_dataloader.dataset.dataset.split == 'trainval' and splits.test_dataloader.dataset.split == 'test'
    )
    seen = config('training-frames-as-test-frames', 'nyud')
    assert seen.test_dataloader.dataset.data_prefix == seen.train_dataloader.dataset.dataset.data_prefix


def test_verdicts_compare_with_the_published_rows(jobs, tmp_path):
    for each in jobs:
        hypothesis, task = each.settings.out.name, each.task.name
        if task == 'nyud' and hypothesis in ('released', 'temperature-0.03'):
            write(each, rmse=1.19 if hypothesis == 'released' else 1.30)
        if task in ('aircraft', 'pets', 'food101', 'flowers102') and hypothesis in ('released', 'trainval-and-test'):
            write(each, **{'accuracy/top1': 62.0 if hypothesis == 'released' else 70.0})
    verdicts = {(each.hypothesis, each.column): each for each in judge(jobs)}
    assert verdicts['released', 'NYUd'].published == 1.1807
    assert verdicts['released', 'NYUd'].holds is True
    assert verdicts['temperature-0.03', 'NYUd'].holds is False
    assert verdicts['released', 'FG'].holds is True
    # Aircraft and Flowers of the hypothesis, Pets and Food of the protocol.
    assert verdicts['trainval-and-test', 'FG'].value == pytest.approx((2 * 70 + 2 * 62) / 4)
    assert verdicts['released', 'IN-val'].holds is None
    assert ('temperature-0.03', 'FG') not in verdicts
    text = write_verdicts(list(verdicts.values()), {'ViT-T': 75.4}, tmp_path)
    assert '| shipped classifier | IN-val | ViT-T | 75.45 | 75.40 | 0.1 | holds |' in text
    assert '| released | NYUd | ViT-T | 1.1807 | 1.1900 | 0.015 | holds |' in text
    assert json.loads((tmp_path / 'calibration.json').read_text())['numbers'][0]['hypothesis'] == 'released'


def test_a_shipped_classifier_is_measured_as_its_card_has_it(tmp_path):
    torch.manual_seed(0)
    arguments = dict(embed_dim=24, depth=2, num_heads=3)
    model = timm.create_model('vit_tiny_patch16_224', **arguments).eval()
    transform = create_transform(**resolve_data_config({}, model=model), is_training=False)
    right, number = 0, 12
    for index in range(number):
        image = Image.effect_noise((260, 240), 20 * index + 10).convert('RGB')
        path = tmp_path / f'{index}.png'
        image.save(path)
        with torch.no_grad():
            said = int(model(transform(image)[None]).argmax())
        label = said if index % 3 == 0 else (said + 1) % 1000
        right += index % 3 == 0
        place = Path(tmp_path, 'imagenet/val', imagenet_wnids()[label], f'{index}.png')
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
    assert shipped_accuracy(model, tmp_path, num_workers=0) == pytest.approx(100 * right / number)
