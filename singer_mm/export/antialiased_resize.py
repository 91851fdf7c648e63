"""Resampling of positions with antialiasing, the only operation of a ViT that torch's ONNX exporter lacks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

OPSET = 18
"""First opset of ONNX whose Resize can antialias."""

OPERATOR = 'aten::_upsample_bicubic2d_aa'


@contextmanager
def antialiased_resize() -> Iterator[None]:
    """Register ``interpolate(mode='bicubic', antialias=True)`` in torch's exporter and run the block.

    In ONNX it is Resize with antialiasing, the cubic of PIL (a = -0.5, while torch's plain bicubic has -0.75), and
    weights that are renormalised at the border. The registration stays: torch's function that removes it leaves an
    empty entry, with which the message about unknown operators fails.
    """
    with warnings.catch_warnings():
        # torch will remove the exporter without onnxscript some day; we pin torch.
        warnings.simplefilter('ignore', DeprecationWarning)
        torch.onnx.register_custom_op_symbolic(OPERATOR, _resize, OPSET)
        yield


def _resize(g: Any, image: Any, size: Any, align_corners: Any, scale_factors: Any) -> Any:
    """Write Resize of ``image`` ``(B, C, h, w)`` to ``size`` (H, W) into the graph ``g``."""

    def constant(values: list[int]) -> Any:
        return g.op('Constant', value_t=torch.tensor(values))

    batch_and_channels = g.op('Slice', g.op('Shape', image), constant([0]), constant([2]))
    if size.node().kind() == 'prim::ListConstruct':  # rows and columns as two numbers
        size = g.op('Concat', *[g.op('Unsqueeze', side, constant([0])) for side in size.node().inputs()], axis_i=0)
    full_size = g.op('Concat', batch_and_channels, size, axis_i=0)
    nothing = g.op('Constant', value_t=torch.tensor([], dtype=torch.float32))
    return g.op(
        'Resize',
        image,
        nothing,  # region of interest
        nothing,  # scales
        full_size,
        antialias_i=1,
        coordinate_transformation_mode_s='half_pixel',
        cubic_coeff_a_f=-0.5,
        exclude_outside_i=1,
        mode_s='cubic',
    )
