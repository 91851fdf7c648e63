import pytest
import torch
from conftest import STUDENT, TEACHER
from timm.layers import set_fused_attn, use_fused_attn

from singer_mm.analysis.step_cost import networks, step_cost
from singer_mm.registry import MODELS

TOKENS = 17  # 16 patches and a CLS token


@pytest.fixture(autouse=True)
def _plain_attention():
    before = bool(use_fused_attn())
    set_fused_attn(False)
    yield
    set_fused_attn(before)


@pytest.fixture
def images():
    return torch.randn(2, 3, 32, 32)


def forward_operations(width, blocks):
    """Operations of a ViT's forward pass for one image of 32 px, by hand: two for each multiplication."""
    embedding = 16 * (3 * 8 * 8) * width
    block = TOKENS * 12 * width**2 + 2 * TOKENS**2 * width  # qkv, proj, fc1, fc2; then scores and their sums
    return 2 * (embedding + blocks * block)


def test_fitnet_by_hand(images):
    fitnet = MODELS.build(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[3]))
    cost = step_cost(fitnet, images)
    assert cost.teacher == forward_operations(48, blocks=4)  # the last two of its six blocks are not run
    assert cost.student == forward_operations(24, blocks=4)
    assert cost.method == 2 * TOKENS * 24 * 48  # the projector
    # Two gradients for each product, but none with respect to the images.
    images_gradient = 2 * 16 * (3 * 8 * 8) * 24
    assert cost.backward == 2 * (cost.student + cost.method) - images_gradient
    assert cost.step == cost.teacher + cost.student + cost.method + cost.backward


def test_singer_adds_its_adapter_and_the_next_block(singer, images):
    plain = MODELS.build(dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[3, 5]))
    ours, fitnet = step_cost(singer, images), step_cost(plain, images)
    assert (ours.teacher, ours.student) == (fitnet.teacher, fitnet.student)
    adapters = 2 * 2 * 2 * 16 * 48 * 6
    next_block = 2 * (TOKENS * 12 * 48**2 + 2 * TOKENS**2 * 48)
    grams = 2 * 2 * 2 * 16 * 16 * 48  # of teacher and refined tokens, at two layers
    assert ours.method - fitnet.method == adapters + next_block + grams


def test_networks_of_a_plain_task_are_its_backbone_alone():
    task = torch.nn.Module()
    task.backbone = MODELS.build(STUDENT)
    assert networks(task) == (None, task.backbone)
