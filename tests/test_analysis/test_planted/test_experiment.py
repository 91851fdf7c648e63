import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.analysis.planted.experiment import Experiment, record_clean
from singer_mm.analysis.planted.recorded_teacher import RecordedTeacher
from singer_mm.analysis.planted.schedule import Schedule
from singer_mm.analysis.planted.truth import MEASURES, measure_against_truth
from singer_mm.registry import MODELS

LAYERS = [3, 5]
FITNET = dict(type='FeatureDistiller', student=STUDENT)
SINGER = dict(type='SiNGERDistiller', student=STUDENT, refiner=dict(type='NullspaceAdapter', rank=6))


@pytest.fixture(scope='module')
def pixels():
    generator = torch.Generator().manual_seed(0)
    return [torch.randint(0, 256, (number, 3, 32, 32), dtype=torch.uint8, generator=generator) for number in (8, 6)]


def experiment(pixels, direction):
    torch.manual_seed(0)
    clean = MODELS.build(TEACHER)
    torch.manual_seed(0)
    planted = dict(type='PlantedArtifacts', backbone=TEACHER, layers=LAYERS, rank=8, share=0.1, direction=direction)
    teacher = MODELS.build(planted) if direction else clean
    return Experiment(teacher, record_clean(clean, LAYERS, torch.cat(pixels)), LAYERS, len(pixels[0]))


def test_a_record_answers_as_the_teacher_does(images):
    teacher = MODELS.build(TEACHER).freeze()
    record = RecordedTeacher(teacher, images, [3, 5], chunk=2)
    chosen = torch.tensor([2, 0])
    tokens = record.forward_tokens(record.select(chosen), [5, 3])
    for layer, expected in teacher.forward_tokens(images[chosen], [3, 5]).items():
        torch.testing.assert_close(tokens[layer], expected)


def test_a_record_refuses_other_images(images):
    record = RecordedTeacher(MODELS.build(TEACHER).freeze(), images, [3])
    record.select(torch.tensor([0, 1]))
    with pytest.raises(AssertionError):
        record.forward_tokens(images[1:], [3])


def test_the_same_seed_gives_the_same_numbers(pixels):
    schedule = Schedule(steps=12, batch_size=4)
    first, again, other = (experiment(pixels, 'oblique').run(dict(SINGER), schedule, seed) for seed in (0, 0, 1))
    assert set(first[12]) == set(MEASURES)
    assert first == again
    assert first != other


def test_measuring_on_the_way_changes_nothing(pixels):
    plain, watched = (
        experiment(pixels, 'oblique').run(dict(SINGER), Schedule(12, 4, measured_after=steps), 0)
        for steps in ((), (1, 6))
    )
    assert list(watched) == [1, 6, 12]
    assert watched[12] == plain[12]
    assert watched[6] != watched[12]


def test_a_teacher_left_as_it_is_keeps_its_artifacts(pixels):
    measures = experiment(pixels, 'inside').run(dict(FITNET), Schedule(steps=10, batch_size=4), 0)[10]
    assert measures['artifact left'] == pytest.approx(1)
    assert measures['target norm'] == pytest.approx(1)
    assert measures['information error'] > 0


def test_without_artifacts_there_is_nothing_left_and_nothing_lost(pixels):
    measures = experiment(pixels, None).run(dict(FITNET), Schedule(steps=10, batch_size=4), 0)[10]
    assert 'artifact left' not in measures
    assert measures['information error'] == pytest.approx(0, abs=1e-6)


def test_a_perfect_adapter_leaves_nothing(pixels):
    trial = experiment(pixels, 'inside')
    planted = trial.teacher.backbone
    adapter = dict(type='NullspaceAdapter', rank=1, frozen=True)
    distiller = MODELS.build(dict(FITNET, teacher=trial.teacher, teacher_layers=LAYERS, refiner=adapter))
    distiller.init_weights()
    with torch.no_grad():
        for layer in LAYERS:
            [vector] = planted.vectors[layer]
            distiller.refiners[str(layer)].down.copy_(vector[:, None])
            distiller.refiners[str(layer)].up.copy_(-vector[None])
    left = measure_against_truth(distiller.eval(), trial.clean, 8)['artifact left']
    assert left < 0.2  # what the clean features have along the direction is taken away, too


def test_a_target_that_shrinks_is_told(pixels):
    trial = experiment(pixels, None)
    shrunk = dict(FITNET, refiner=dict(type='FixedScale', factors={'3': 0.5, '5': 0.25}))
    distiller = MODELS.build(dict(shrunk, teacher=trial.teacher, teacher_layers=LAYERS))
    distiller.init_weights()
    assert measure_against_truth(distiller.eval(), trial.clean, 8)['target norm'] == pytest.approx((0.5 + 0.25) / 2)
