import copy

import pytest
import torch
from conftest import STUDENT, TEACHER

from singer_mm.errors import ConfigError
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS


def build(**changes):
    return MODELS.build(
        dict(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[5]), **changes)
    )


@pytest.fixture
def fitnet():
    return build()


def test_only_student_and_projectors_are_the_model(fitnet):
    for names in (fitnet.state_dict(), dict(fitnet.named_parameters()), dict(fitnet.named_modules())):
        assert not any('teacher' in name for name in names)
    assert {name.split('.')[0] for name in fitnet.state_dict()} == {'student', 'projectors'}


def test_teacher_stays_frozen_whatever_happens(fitnet, images):
    fitnet.train()
    fitnet.requires_grad_(True)
    before = {name: value.clone() for name, value in fitnet.teacher.state_dict().items()}
    fitnet(images)['loss_kd'].backward()
    torch.optim.SGD(fitnet.parameters(), lr=1.0).step()
    assert not any(module.training for module in fitnet.teacher.modules())
    assert all(value.grad is None for value in fitnet.teacher.parameters())
    assert all(torch.equal(value, before[name]) for name, value in fitnet.teacher.state_dict().items())


def test_teacher_moves_with_the_distiller(fitnet):
    fitnet.double()
    assert next(fitnet.teacher.parameters()).dtype == torch.float64


def test_a_deep_copy_shares_the_teacher_and_nothing_else(fitnet, images):
    twin = copy.deepcopy(fitnet)
    assert twin.teacher is fitnet.teacher
    own, copied = ({value.data_ptr() for value in model.state_dict().values()} for model in (fitnet, twin))
    assert not own & copied
    assert torch.equal(twin(images)['loss_kd'], fitnet(images)['loss_kd'])
    twin.double()  # as an average that is kept on another device
    assert next(twin.parameters()).dtype == torch.float64
    assert next(fitnet.teacher.parameters()).dtype == torch.float32
    assert copy.deepcopy(twin).teacher is fitnet.teacher


def test_every_trainable_parameter_gets_a_gradient(fitnet, images):
    fitnet(images)['loss_kd'].backward()
    assert [name for name, value in fitnet.named_parameters() if value.requires_grad and value.grad is None] == []


def test_student_blocks_beyond_the_last_pair_are_frozen(images):
    distiller = build(teacher_layers=[3], student_layers=[1])
    assert not any(value.requires_grad for value in distiller.student.vit.blocks[2:].parameters())
    assert all(value.requires_grad for value in distiller.student.vit.blocks[:2].parameters())


def test_zero_for_a_student_that_is_the_teacher(images):
    distiller = build(student=TEACHER)
    distiller.student.load_state_dict(distiller.teacher.state_dict())
    projector = distiller.projectors['5'].proj
    torch.nn.init.eye_(projector.weight)
    torch.nn.init.zeros_(projector.bias)
    assert distiller.eval()(images)['loss_kd'].item() == pytest.approx(0, abs=1e-12)


def test_teacher_runs_only_as_far_as_needed(images):
    distiller = build(teacher_layers=[2])
    ran = []
    for index, block in enumerate(distiller.teacher.vit.blocks):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    distiller(images)
    assert ran == [0, 1, 2]


def test_each_network_gets_its_own_statistics(images):
    distiller = build(student=dict(STUDENT, model_name='deit3_small_patch16_224'))
    (mean_t, std_t), (mean_s, std_s) = distiller.teacher.normalization, distiller.student.normalization
    assert (mean_t, std_t) != (mean_s, std_s)
    pixels = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    inputs = distiller.data_preprocessor(dict(inputs=[pixels]))['inputs']

    def normalized(mean, std):
        return (pixels / 255 - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)

    torch.testing.assert_close(inputs[0], normalized(mean_t, std_t))
    torch.testing.assert_close(distiller.student_inputs(inputs)[0], normalized(mean_s, std_s))


def test_an_explicit_preprocessor_serves_both_networks(images):
    distiller = build(
        student=dict(STUDENT, model_name='deit3_small_patch16_224'),
        data_preprocessor=dict(type='ImgDataPreprocessor', mean=[120.0] * 3, std=[60.0] * 3),
    )
    assert distiller.student_inputs(images) is images
    for network in (distiller.teacher, distiller.student):
        assert network.normalization == ((pytest.approx(120 / 255),) * 3, (pytest.approx(60 / 255),) * 3)


def test_refuses_a_preprocessor_that_contradicts_the_file_of_a_student(tmp_path):
    path = tmp_path / 'student.pth'
    export_student(build().student, path, {})  # its file says 0.5, as its timm model does
    student = dict(type='TimmViT', checkpoint=str(path))
    agreeing = dict(type='ImgDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3)
    assert build(student=student, data_preprocessor=agreeing).student.normalization == ((0.5,) * 3, (0.5,) * 3)
    for key, given in (('mean', [120.0] * 3), ('std', [60.0] * 3)):
        with pytest.raises(ConfigError, match=r'student\.pth .*0\.5, .*mean and std'):
            build(student=student, data_preprocessor={**agreeing, key: given})


def test_registers_of_one_network_only_have_no_counterpart():
    images = torch.randn(2, 3, 32, 32)
    distiller = build(teacher=dict(TEACHER, reg_tokens=4, class_token=True))
    features = distiller.extract(images)
    assert features.teacher[5].shape == (2, 1 + 4 + 16, 48)
    assert features.student[5].shape == features.targets()[5].shape == (2, 1 + 16, 48)
    torch.testing.assert_close(features.targets()[5][:, 0], features.teacher[5][:, 0])
    torch.testing.assert_close(features.targets()[5][:, 1:], features.teacher[5][:, 5:])


def test_bfloat16_storage_of_the_teacher_is_bit_identical_under_autocast(images):
    stored, cast = build(teacher_dtype='bfloat16'), build()
    cast.teacher.load_state_dict(stored.teacher.state_dict())
    cast.load_state_dict(stored.state_dict())
    stored.init_weights()
    assert stored.teacher.vit.blocks[0].mlp.fc1.weight.dtype == torch.bfloat16
    assert stored.teacher.vit.blocks[0].norm1.weight.dtype == torch.float32
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = [distiller(images)['loss_kd'].item() for distiller in (stored, cast)]
    assert losses[0] == losses[1]


def test_losses_are_float32_under_autocast(fitnet, images):
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert fitnet(images)['loss_kd'].dtype == torch.float32


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(teacher_layers=[6]), 'teacher_layers.* 6.*vit_tiny_patch16_224.*0 to 5'),
        (dict(teacher_layers=[-1]), 'teacher_layers.* -1.*0 to 5'),
        (dict(teacher_layers=[]), r'teacher_layers is \[\]'),
        (dict(teacher_layers=[5, 3]), r'teacher_layers is \[5, 3\]'),
        (dict(teacher_layers=[3, 5], student_layers=[3]), 'student_layers.* 1 .*2 teacher_layers'),
        (dict(student_layers=[4]), 'student_layers.* 4.*0 to 3'),
        (dict(teacher_dtype='float16'), 'teacher_dtype.*float16.*None, bfloat16'),
    ],
)
def test_refuses_what_does_not_fit(changes, message):
    with pytest.raises(ConfigError, match=message):
        build(**changes)


@pytest.mark.parametrize('changes', [dict(student=dict(STUDENT, patch_size=16)), dict(student_img_size=(16, 16))])
def test_a_student_with_another_grid_is_resampled(changes, images):
    distiller = build(**{'student': dict(STUDENT, dynamic_img_size=True), **changes})
    features = distiller.extract(images)
    assert features.student[5].shape == features.targets()[5].shape == (3, 17, 48)
    distiller(images)['loss_kd'].backward()
    assert [name for name, value in distiller.named_parameters() if value.requires_grad and value.grad is None] == []


def test_refuses_grids_that_cannot_be_resampled(images):
    distiller = build(student=dict(STUDENT, dynamic_img_size=True), student_img_size=(8, 32))
    with pytest.raises(ConfigError, match='4x4 .*1x4.*student_img_size'):
        distiller(images)


def test_inputs_may_have_the_statistics_of_a_task(images):
    own, other = build(student=dict(STUDENT)), build(student=dict(STUDENT))
    other.load_state_dict(own.state_dict())
    other.teacher.load_state_dict(own.teacher.state_dict())
    mean, std = [10.0, 20.0, 30.0], [50.0, 60.0, 70.0]
    other.use_inputs_normalized_by(tuple(tuple(value / 255 for value in values) for values in (mean, std)))
    raw = (images + 3) * 30
    teacher_mean, teacher_std = (255 * torch.tensor(values).view(3, 1, 1) for values in own.teacher.normalization)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (mean, std))
    torch.testing.assert_close(own((raw - teacher_mean) / teacher_std), other((raw - mean) / std))


def test_a_borrowed_student_belongs_to_another(images):
    student = MODELS.build(dict(STUDENT, final_norm=True))
    distiller = build(student=student)
    assert {name.split('.')[0] for name in distiller.state_dict()} == {'projectors'}
    assert all(value.requires_grad for value in student.parameters())
    with student.tapped(distiller.student_layers) as tokens:
        student(images)
    features, expected = distiller.extract(images, tokens), distiller.extract(images)
    assert torch.equal(features.student[5], expected.student[5])
    task = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    distiller.use_inputs_normalized_by(task)
    assert distiller.student_inputs(images) is images
    assert student.normalization == task


def test_a_refiner_goes_with_plain_distillation(images):
    distiller = build(refiner=dict(type='NullspaceAdapter', rank=6))
    distiller.init_weights()
    assert set(distiller(images)) == {'loss_kd'}
    assert not torch.equal(distiller.extract(images).refined[5], distiller.extract(images).teacher[5])


def test_a_detached_target_needs_a_refiner_that_is_trained_otherwise():
    distiller = build(refiner=dict(type='NullspaceAdapter', rank=6), detach_target=True)
    with pytest.raises(ConfigError, match='detach_target=True.*loss_outlier or loss_info'):
        distiller.init_weights()


def test_running_statistics_see_training_batches_alone(images):
    distiller = build(loss_kd=dict(type='KDLoss', normalization='channel'))
    distiller.eval()(images)
    assert distiller.loss_kd.standardizer.num_batches == 0
    distiller.train()(images)
    assert distiller.loss_kd.standardizer.num_batches == 1
    expected = distiller.extract(images).targets()[5].mean(dim=(0, 1))
    torch.testing.assert_close(distiller.state_dict()['loss_kd.standardizer.mean_5'], expected)


def test_refuses_a_network_without_patch_tokens():
    with pytest.raises(ConfigError, match='student.*LinearProjector.*TokenBackbone'):
        build(student=dict(type='LinearProjector', student_dims=2, teacher_dims=2))


def test_refuses_other_modes(fitnet, images):
    with pytest.raises(ConfigError, match="predict.*mode='loss'"):
        fitnet(images, mode='predict')
