from singer_mm.analysis.planted.planted_study import CLEAN, PlantedStudy
from singer_mm.analysis.planted.schedule import Schedule


class Recorder:
    """In the place of trials: keeps what decides about the numbers, and trains nothing."""

    def __init__(self):
        self.settings = []

    def measure(self, settings, train):
        self.settings.append(settings)
        return {1: {}}


def test_a_trial_does_not_outlive_its_weights(tmp_path):
    """A file of other weights at the same path is another teacher."""
    weights = tmp_path / 'teacher.safetensors'
    teacher = dict(type='TimmViT', checkpoint=str(weights))
    models = {'FitNet': dict(type='FeatureDistiller', teacher_layers=[3], student=dict(type='TimmViT'))}
    trials = Recorder()
    for content in (b'first', b'second'):
        weights.write_bytes(content)
        study = PlantedStudy(models, {CLEAN: teacher}, None, 1, trials, lambda teacher, title: None)
        study.measure(CLEAN, 'FitNet', Schedule(1), 0)
    first, second = trials.settings
    assert first['weights'] != second['weights']
    assert {**first, 'weights': None} == {**second, 'weights': None}
