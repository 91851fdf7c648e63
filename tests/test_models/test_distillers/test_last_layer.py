import torch
from conftest import STUDENT, TEACHER

from singer_mm.models.distillers.last_layer import last_layer_patches
from singer_mm.registry import MODELS


def patches_of(images, **changes):
    cfg = dict(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[5]), **changes)
    return last_layer_patches(MODELS.build(cfg).eval(), images)


def test_patches_of_both_networks_and_of_the_projected_student(images):
    patches = patches_of(images)
    shapes = {name: tuple(value.shape) for name, value in patches.items()}
    assert shapes == dict(teacher=(3, 16, 48), projected_student=(3, 16, 48), student=(3, 16, 24))


def test_a_coarser_student_is_shown_on_the_teachers_grid(images):
    student = dict(STUDENT, patch_size=16)
    torch.manual_seed(1)
    patches = patches_of(images, student=student)
    assert patches['student'].shape == (3, 16, 24)
    # Corners lie beyond the centres of the coarse patches, so they are these patches themselves.
    torch.manual_seed(1)
    MODELS.build(TEACHER)
    own = MODELS.build(student).eval().forward_tokens(images, [3])[3][:, 1:]
    torch.testing.assert_close(patches['student'][:, [0, 3, 12, 15]], own)


def test_a_student_that_meets_normalised_targets_is_not_in_the_teachers_space(images):
    for loss in (dict(normalization='token'), dict(distance='cosine')):
        assert set(patches_of(images, loss_kd=dict(type='KDLoss', **loss))) == {'teacher', 'student'}
