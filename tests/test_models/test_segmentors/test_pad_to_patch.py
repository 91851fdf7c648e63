import torch
from torch import nn

from singer_mm.models.segmentors.pad_to_patch import PadToPatchMixin


class Echo(nn.Module):
    """A model whose prediction is its input, if that consists of whole patches."""

    def encode_decode(self, inputs, batch_img_metas):
        assert batch_img_metas[0]['img_shape'] == inputs.shape[-2:]
        assert inputs.shape[-2] % 14 == 0 == inputs.shape[-1] % 14
        self.seen = inputs
        return inputs


class Padded(PadToPatchMixin, Echo):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Identity()
        self.backbone.patch_size = 14


def test_pads_right_and_bottom_and_cuts_the_same_off():
    model, window, metas = Padded(), torch.randn(2, 3, 30, 28), [dict(img_shape=(30, 28), flip=False)]
    torch.testing.assert_close(model.encode_decode(window, metas), window)
    assert model.seen.shape == (2, 3, 42, 28)
    assert not model.seen[:, :, 30:].any()
    assert metas == [dict(img_shape=(30, 28), flip=False)]


def test_whole_patches_are_left_alone():
    model, window = Padded(), torch.randn(1, 3, 28, 56)
    model.encode_decode(window, [dict(img_shape=(28, 56))])
    assert model.seen.shape == window.shape
