import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import InfoLoss
from singer_mm.models.losses.info_loss import patch_cosine_gram


@pytest.fixture
def flow():
    """Arguments of a forward: layers 3 and 5, one prefix token and four patches."""
    draw = {name: {3: torch.randn(2, 5, 6), 5: torch.randn(2, 5, 6)} for name in ('refined', 'teacher')}
    following = {name: {3: torch.randn(2, 5, 6)} for name in ('refined_next', 'teacher_next')}
    return dict(draw, **following, num_patches=4)


def cosine_error(a, b):
    """Mean squared difference of patch cosines, pair by pair."""
    total = 0.0
    for image in range(a.shape[0]):
        for i in range(1, a.shape[1]):
            for j in range(1, a.shape[1]):
                first, second = (torch.cosine_similarity(t[image, i], t[image, j], dim=0) for t in (a, b))
                total += (first - second).item() ** 2
    return total / (a.shape[0] * (a.shape[1] - 1) ** 2)


def test_gram_has_ones_on_the_diagonal_and_ignores_scale():
    patches = torch.randn(2, 4, 6)
    gram = patch_cosine_gram(patches)
    torch.testing.assert_close(gram.diagonal(dim1=1, dim2=2), torch.ones(2, 4))
    torch.testing.assert_close(gram, patch_cosine_gram(3 * patches))


def test_zero_where_nothing_changed(flow):
    same = dict(flow, refined=flow['teacher'], refined_next=flow['teacher_next'])
    assert InfoLoss()(**same).item() == pytest.approx(0, abs=1e-12)
    assert InfoLoss(intermediate='feature')(**same).item() == pytest.approx(0, abs=1e-12)


def test_paper_against_an_independent_computation(flow):
    expected = (
        cosine_error(flow['refined_next'][3], flow['teacher_next'][3])
        + cosine_error(flow['refined'][5], flow['teacher'][5])
    ) / 2
    assert InfoLoss(loss_weight=3.0)(**flow).item() == pytest.approx(3 * expected, rel=1e-5)


def test_released_against_an_independent_computation(flow):
    expected = (
        (flow['refined_next'][3] - flow['teacher_next'][3]).square().mean().item()
        + cosine_error(flow['refined'][5], flow['refined'][3])
    ) / 2
    loss = InfoLoss(intermediate='feature', final_reference='previous_refined')(**flow)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_one_layer_needs_no_next_block(flow):
    last = {name: {5: flow[name][5]} for name in ('refined', 'teacher')}
    expected = cosine_error(flow['refined'][5], flow['teacher'][5])
    loss = InfoLoss()(**last, refined_next={}, teacher_next={}, num_patches=4)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(intermediate='mse'), 'intermediate.*gram, feature'),
        (dict(final_reference='none'), 'final_reference.*teacher, previous_refined'),
    ],
)
def test_refuses_unknown_choices(arguments, message):
    with pytest.raises(ConfigError, match=message):
        InfoLoss(**arguments)
