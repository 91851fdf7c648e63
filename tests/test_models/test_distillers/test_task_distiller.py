"""A tiny classifier and a tiny segmentor that learn from a tiny teacher."""

import copy

import pytest
import torch
from conftest import STUDENT, TEACHER
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmengine.registry import DefaultScope
from mmengine.structures import PixelData
from mmpretrain.structures import DataSample
from mmseg.structures import SegDataSample

from singer_mm.errors import ConfigError
from singer_mm.models.distillers.task_distiller import TaskDistiller
from singer_mm.models.wrappers import DistillerDDP

BACKBONE = dict(STUDENT, type='singer_mm.TimmViT', model_name='vit_tiny_patch16_224')
SINGER = dict(
    type='SiNGERDistiller', teacher=TEACHER, teacher_layers=[3, 5], refiner=dict(type='NullspaceAdapter', rank=6)
)
MEAN = [127.5] * 3
CLASSIFIER = dict(
    type='mmpretrain.ImageClassifier',
    backbone=dict(BACKBONE, out_type='cls_token', final_norm=True),
    head=dict(type='LinearClsHead', num_classes=5, in_channels=24),
    data_preprocessor=dict(type='ClsDataPreprocessor', mean=MEAN, std=MEAN, to_rgb=True, num_classes=5),
)
HEAD = dict(
    type='FCNHead',
    in_channels=24,
    channels=8,
    num_convs=1,
    concat_input=False,
    dropout_ratio=0.0,
    num_classes=4,
    norm_cfg=dict(type='BN'),
    align_corners=False,
    loss_decode=dict(type='CrossEntropyLoss'),
)
SEGMENTOR = dict(
    type='singer_mm.PatchEncoderDecoder',
    backbone=dict(BACKBONE, out_indices=[1, 3], dynamic_img_size=True),
    decode_head=dict(HEAD, in_index=1),
    auxiliary_head=dict(HEAD, in_index=0),
    data_preprocessor=dict(type='SegDataPreProcessor', mean=MEAN, std=MEAN, size_divisor=8, seg_pad_val=255),
    test_cfg=dict(mode='whole'),
)


def build(task_model=CLASSIFIER, **distiller):
    model = TaskDistiller(task_model=copy.deepcopy(task_model), distiller={**copy.deepcopy(SINGER), **distiller})
    model.init_weights()
    return model


def classification_batch(size=3):
    images = torch.randint(0, 256, (size, 3, 32, 32), dtype=torch.uint8)
    return dict(inputs=list(images), data_samples=[DataSample().set_gt_label(index % 5) for index in range(size)])


def segmentation_batch(height=32, width=32):
    images = torch.randint(0, 256, (3, 3, height, width), dtype=torch.uint8)
    samples = []
    for _ in images:
        labels = PixelData(data=torch.randint(0, 4, (1, height, width)))
        samples.append(
            SegDataSample(gt_sem_seg=labels, metainfo=dict(img_shape=(height, width), ori_shape=(height, width)))
        )
    return dict(inputs=list(images), data_samples=samples)


def losses(model, batch):
    return model(**model.data_preprocessor(batch, training=True), mode='loss')


@pytest.fixture(params=['classifier', 'segmentor'])
def task(request):
    """A distilled task model of either kind, and a batch for it."""
    if request.param == 'classifier':
        return build(), classification_batch()
    import singer_mm.models.segmentors.patch_encoder_decoder  # noqa: F401

    return build(SEGMENTOR), segmentation_batch()


def test_losses_are_those_of_task_and_distiller(task):
    model, batch = task
    model.train()
    inputs = model.data_preprocessor(batch, training=True)
    together = model(**inputs, mode='loss')
    # Batch norm takes its statistics from the batch, so a second pass gives the same losses.
    of_task = model.task_model(**inputs, mode='loss')
    of_task = {'loss_task' if name == 'loss' else name: value for name, value in of_task.items()}
    of_distiller = model.distiller(inputs['inputs'])
    assert set(together) == {*of_task, 'loss_kd', 'loss_outlier', 'loss_info'}
    for name, value in {**of_task, **of_distiller}.items():
        torch.testing.assert_close(together[name], value)
    total, logged = model.parse_losses(together)
    parts = [value for name, value in logged.items() if 'loss' in name and name != 'loss']
    torch.testing.assert_close(total, sum(parts))
    assert logged['loss'] == total


def test_the_student_runs_once_and_its_tokens_are_those_of_a_pass_of_its_own(task, monkeypatch):
    model, batch = task
    inputs = model.data_preprocessor(batch, training=True)
    seen, extract = {}, model.distiller.extract
    monkeypatch.setattr(
        model.distiller, 'extract', lambda images, tokens: (seen.update(tokens), extract(images, tokens))[1]
    )
    passes = []
    model.student.vit.patch_embed.register_forward_hook(lambda *_: passes.append(1))
    model(**inputs, mode='loss')
    assert len(passes) == 1
    expected = model.student.forward_tokens(inputs['inputs'], [2, 3])
    assert set(seen) == set(model.distiller.student_layers) == {2, 3}
    assert all(torch.equal(seen[layer], expected[layer]) for layer in expected)


def test_every_trainable_parameter_gets_a_gradient(task):
    model, batch = task
    sum(value for name, value in losses(model, batch).items() if 'loss' in name).backward()
    without = [name for name, value in model.named_parameters() if value.requires_grad and value.grad is None]
    assert without == []
    moved = {'.'.join(name.split('.')[:2]) for name, value in model.named_parameters() if value.grad is not None}
    head = 'task_model.head' if model.task_model.__class__.__name__ == 'ImageClassifier' else 'task_model.decode_head'
    assert {head, 'task_model.backbone', 'distiller.projectors', 'distiller.refiners'} <= moved
    assert all(value.grad is None for value in model.teacher.parameters())


def test_gradients_of_the_student_come_from_both():
    model, batch = build(), classification_batch()
    inputs = model.data_preprocessor(batch, training=True)

    def gradient(*names):
        model.zero_grad()
        terms = model(**inputs, mode='loss')
        sum(terms[name] for name in names).backward()
        return model.student.vit.blocks[0].mlp.fc1.weight.grad.clone()

    task, teacher = gradient('loss_task'), gradient('loss_kd')
    assert task.abs().sum() > 0
    assert teacher.abs().sum() > 0
    torch.testing.assert_close(gradient('loss_task', 'loss_kd'), task + teacher)


def test_what_nobody_reads_is_frozen_and_what_one_reads_is_trained():
    # The classifier applies the final norm; the segmentor does not, and stops where the distiller goes on.
    classifier = build()
    assert classifier.student.vit.norm.weight.requires_grad
    early = build(dict(SEGMENTOR, backbone=dict(SEGMENTOR['backbone'], out_indices=[0, 1])), student_layers=[1, 2])
    assert all(value.requires_grad for value in early.student.vit.blocks[2].parameters())
    assert not any(value.requires_grad for value in early.student.vit.blocks[3].parameters())
    assert not early.student.vit.norm.weight.requires_grad
    # The task goes on beyond the distiller.
    late = build(student_layers=[0, 1])
    assert all(value.requires_grad for value in late.student.vit.blocks[3].parameters())


def test_prediction_is_the_task_models_own(task):
    model, batch = task
    model.eval()
    with torch.no_grad():
        ours, theirs = model.val_step(copy.deepcopy(batch)), model.task_model.val_step(copy.deepcopy(batch))
        inputs = model.data_preprocessor(batch, training=True)['inputs']
        tensors = model(inputs), model.task_model(inputs)
    for one, other in zip(ours, theirs, strict=True):
        name = 'pred_score' if 'pred_score' in one else 'seg_logits'
        one, other = (getattr(value, name) for value in (one, other))
        one, other = (getattr(value, 'data', value) for value in (one, other))
        assert torch.equal(one, other)
    flat = [value if isinstance(value, torch.Tensor) else value[0] for value in tensors]
    assert torch.equal(*flat)


def test_state_dict_holds_the_task_once_and_no_teacher(task):
    model, _ = task
    keys = list(model.state_dict())
    assert {key.split('.')[0] for key in keys} == {'task_model', 'distiller'}
    assert {key.split('.')[1] for key in keys if key.startswith('distiller')} == {'projectors', 'refiners'}
    assert sum(key.endswith('vit.patch_embed.proj.weight') for key in keys) == 1
    task_keys = {key.removeprefix('task_model.') for key in keys if key.startswith('task_model.')}
    assert task_keys == set(model.task_model.state_dict())
    assert not any('teacher' in name for name, _ in [*model.named_parameters(), *model.named_modules()])


def test_round_trip(task):
    model, batch = task
    other = build(CLASSIFIER if 'head.fc.weight' in model.task_model.state_dict() else SEGMENTOR)
    other.load_state_dict(model.state_dict())
    other.teacher.load_state_dict(model.teacher.state_dict())
    expected = losses(model.train(), batch)
    for name, value in losses(other.train(), batch).items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=0)


def test_initialisation_spares_the_backbone_and_starts_heads_and_refiners():
    model = TaskDistiller(
        task_model=dict(
            CLASSIFIER, head=dict(CLASSIFIER['head'], init_cfg=dict(type='Constant', layer='Linear', val=0.5))
        ),
        distiller=copy.deepcopy(SINGER),
    )
    before = {name: value.clone() for name, value in model.student.state_dict().items()}
    assert model.refiners['3'].down.abs().sum() == 0 or not hasattr(model.refiners['3'], 'spectrum')
    model.init_weights()
    assert (model.task_model.head.fc.weight == 0.5).all()
    assert all(torch.equal(value, before[name]) for name, value in model.student.state_dict().items())
    expected = torch.linalg.svdvals(model.teacher.linear_map(4).double())
    torch.testing.assert_close(model.refiners['3'].spectrum.double(), expected, rtol=1e-4, atol=1e-6)


def test_the_teacher_sees_images_normalised_for_it():
    statistics = dict(mean=[10.0, 20.0, 30.0], std=[40.0, 50.0, 60.0])
    model = build(dict(CLASSIFIER, data_preprocessor=dict(CLASSIFIER['data_preprocessor'], **statistics)))
    pixels = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    inputs = model.data_preprocessor(dict(inputs=list(pixels)))['inputs']
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in model.teacher.normalization)
    rgb = pixels.flip(1)  # images are loaded as BGR
    torch.testing.assert_close(model.distiller.teacher_inputs(inputs), (rgb / 255 - mean) / std, rtol=0, atol=1e-5)


def test_images_without_normalisation_are_taken_as_they_are():
    preprocessor = dict(type='ClsDataPreprocessor', to_rgb=True, num_classes=5)
    model = build(dict(CLASSIFIER, data_preprocessor=preprocessor))
    inputs = torch.rand(2, 3, 32, 32) * 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in model.teacher.normalization)
    torch.testing.assert_close(model.distiller.teacher_inputs(inputs), (inputs / 255 - mean) / std, rtol=0, atol=1e-5)


def test_padded_images_reach_both_networks_as_whole_patches():
    model = build(SEGMENTOR, teacher=dict(TEACHER, dynamic_img_size=True))
    batch = segmentation_batch(27, 36)
    inputs = model.data_preprocessor(batch, training=True)
    assert inputs['inputs'].shape[-2:] == (32, 40)
    features = model.distiller.extract(inputs['inputs'])
    assert features.num_patches == 20
    assert model(**inputs, mode='loss')['loss_kd'].isfinite()


def test_patch_sizes_may_differ_where_images_are_whole_patches_of_both():
    teacher = dict(TEACHER, patch_size=6, img_size=24, dynamic_img_size=True)
    model = build(SEGMENTOR, teacher=teacher)
    with pytest.raises(ConfigError, match=r'32x32.* 24, .* size_divisor=24'):
        losses(model, segmentation_batch())
    model.data_preprocessor.size_divisor = 24
    assert losses(model, segmentation_batch())['loss_kd'].isfinite()


def test_it_is_built_whatever_the_default_scope_is():
    bare = {**SEGMENTOR, 'type': 'EncoderDecoder'}
    for scope in ('singer_mm', 'mmpretrain', 'mmseg'):
        with DefaultScope.overwrite_default_scope(scope):
            build(CLASSIFIER)
            build(bare if scope == 'mmseg' else dict(bare, type='mmseg.EncoderDecoder'))


def test_plain_feature_distillation_goes_with_a_task_too():
    model = TaskDistiller(CLASSIFIER, dict(type='FeatureDistiller', teacher=TEACHER, teacher_layers=[5]))
    assert set(losses(model, classification_batch())) == {'loss_task', 'loss_kd'}
    assert len(model.refiners) == 0


def test_a_deep_copy_shares_the_teacher_and_has_a_student_of_its_own():
    model = build()
    twin = copy.deepcopy(model)
    assert twin.teacher is model.teacher
    assert twin.distiller.student is twin.task_model.backbone
    assert twin.student is not model.student


@pytest.mark.slow
@pytest.mark.parametrize('wrapper', [MMDistributedDataParallel, DistillerDDP])
def test_ddp_finds_no_parameter_without_a_gradient(task, process_group, wrapper):
    model, batch = task
    bare = copy.deepcopy(model)
    wrapped = wrapper(model, device_ids=None)
    # DDP complains in the second step of what it missed in the first.
    for network in (bare, wrapped):
        optimizer = OptimWrapper(torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1))
        for _ in range(3):
            network.train_step(copy.deepcopy(batch), optimizer)
    for name, value in bare.state_dict().items():
        torch.testing.assert_close(wrapped.module.state_dict()[name], value, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ('task_model', 'distiller', 'message'),
    [
        (dict(CLASSIFIER, type='mmpretrain.Classifier'), SINGER, 'task_model.type.*mmpretrain.Classifier'),
        (dict(CLASSIFIER, backbone=dict(type='ResNet', depth=18)), SINGER, 'backbone.*ResNet.*singer_mm.TimmViT'),
        (dict(CLASSIFIER, backbone=dict(BACKBONE, frozen=True)), SINGER, 'backbone.*frozen=False'),
        (CLASSIFIER, dict(SINGER, student=STUDENT), 'distiller.student '),
        (
            CLASSIFIER,
            dict(SINGER, type='LogitsDistiller'),
            'distiller.type.*Logits.*FeatureDistiller, .*SiNGER',
        ),
        (CLASSIFIER, dict(SINGER, type='KDLoss'), 'distiller.type.*KDLoss'),
        (CLASSIFIER, dict(SINGER, teacher_layers=[9]), 'teacher_layers.* 9'),
    ],
)
def test_refuses_what_does_not_fit(task_model, distiller, message):
    with pytest.raises(ConfigError, match=message):
        TaskDistiller(copy.deepcopy(task_model), copy.deepcopy(distiller))


def test_refuses_two_losses_of_one_name(monkeypatch):
    model, batch = build(), classification_batch()
    monkeypatch.setattr(model.task_model.head, 'loss', lambda *_, **__: {'loss_kd': torch.zeros(())})
    with pytest.raises(ConfigError, match='loss_kd'):
        losses(model, batch)
