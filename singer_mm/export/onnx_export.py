"""A student as an ONNX graph."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.jit import TracerWarning

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones import TimmViT
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.optional_package import import_optional

from .antialiased_resize import OPSET, antialiased_resize
from .output_check import largest_difference, normed_tokens, random_images
from .student_source import StudentSource


@dataclass(frozen=True)
class OnnxReport:
    """What was written.

    Attributes:
        why_fixed: Why height and width are fixed to the student's size, as a clause; None if they may be any multiples
            of the patch size.
        difference: Largest absolute difference between ONNX Runtime and torch.
        sizes: Input shapes ``(B, 3, H, W)`` that were compared.
    """

    why_fixed: str | None
    difference: float
    sizes: tuple[tuple[int, ...], ...]


class _Outputs(nn.Module):
    """The graph: images ``(B, 3, H, W)`` to ``cls_token`` ``(B, C)``, if there is one, and patches ``(B, N, C)``."""

    def __init__(self, backbone: TimmViT) -> None:
        super().__init__()
        self.vit = backbone.vit
        self.num_prefix_tokens = backbone.num_prefix_tokens
        self.names = ['cls_token'] * (backbone.num_prefix_tokens > 0) + ['patch_tokens']

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs in the order of ``names``."""
        return self.split(self.vit.forward_features(images))

    def split(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Split tokens ``(B, P+N, C)`` into the outputs."""
        patches = tokens[:, self.num_prefix_tokens :]
        return (tokens[:, 0], patches) if self.num_prefix_tokens else (patches,)


def export_onnx(student: StudentSource, path: str | Path) -> OnnxReport:
    """Write an ONNX file, check it, and compare ONNX Runtime with torch at two batch sizes.

    Inputs are ``images`` ``(B, 3, H, W)``, normalised; outputs ``cls_token`` ``(B, C)`` and ``patch_tokens``
    ``(B, N, C)`` after the final norm, without registers. The batch size is free. Height and width are free if the
    student has ``dynamic_img_size`` and no rotary positions; otherwise they are fixed to the student's size. The
    file's metadata have, in JSON, ``mean`` and ``std`` (for images in [0, 1]), ``input_size``, ``patch_size``,
    ``dynamic_size``, ``model_name`` and ``provenance``.

    Raises:
        ConfigError: If onnx or ONNX Runtime is not installed.
        CheckpointError: If the file cannot be written, or gives other outputs.
    """
    backbone, path = student.backbone, Path(path)
    for package in ('onnx', 'onnxruntime'):
        import_optional(package, 'export')
    if not backbone.vit.dynamic_img_size:
        return _write(student, backbone, path, 'the student has no dynamic_img_size')
    if getattr(backbone.vit, 'rope', None) is None:
        return _write(student, backbone, path, None)
    # Tracing writes some sizes into the angles as constants; other sizes get wrong features, by as little as 1e-5.
    fixed = TimmViT(backbone.model_name, **{**backbone.timm_kwargs, 'dynamic_img_size': False})
    fixed.vit.load_state_dict(backbone.vit.state_dict())
    fixed.normalization = backbone.normalization
    return _write(student, fixed.eval(), path, "torch's exporter cannot make rotary positions follow the size")


def _write(student: StudentSource, backbone: TimmViT, path: Path, why_fixed: str | None) -> OnnxReport:
    dynamic_size = why_fixed is None
    outputs = _Outputs(backbone).eval()
    height, width = backbone.vit.patch_embed.img_size
    step = backbone.patch_size
    other = (3, height + step, width + 2 * step) if dynamic_size else (3, height, width)
    axes = {'images': {0: 'batch'}, **{name: {0: 'batch'} for name in outputs.names}}
    if dynamic_size:
        axes['images'].update({2: 'height', 3: 'width'})
        axes['patch_tokens'][1] = 'patches'
    with atomic_path(path) as temporary:
        # At its own size timm skips the resampling, which then would be missing in the graph.
        _trace(outputs, random_images(*other), axes, temporary, path)
        _add_metadata(temporary, student, backbone, dynamic_size)
        sizes = ((1, height, width), other)
        difference = _compare(temporary, path, outputs, backbone, sizes)
    return OnnxReport(why_fixed, difference, tuple((batch, 3, *size) for batch, *size in sizes))


def _trace(outputs: _Outputs, images: Tensor, axes: dict[str, dict[int, str]], file: Path, name: Path) -> None:
    """Run the network on ``images`` and write its operations."""
    with antialiased_resize(), warnings.catch_warnings(), torch.no_grad():
        # The comparison would show sizes that tracing turns into constants.
        warnings.simplefilter('ignore', TracerWarning)
        try:
            torch.onnx.export(
                outputs,
                (images,),
                str(file),
                dynamo=False,
                opset_version=OPSET,
                input_names=['images'],
                output_names=outputs.names,
                dynamic_axes=axes,
            )
        except RuntimeError as error:
            raise _unusable(name, "written by torch's exporter", error) from error


def _add_metadata(file: Path, student: StudentSource, backbone: TimmViT, dynamic_size: bool) -> None:
    onnx = import_optional('onnx', 'export')
    mean, std = backbone.normalization
    model = onnx.load(file)
    facts = dict(
        mean=mean,
        std=std,
        input_size=[3, *backbone.vit.patch_embed.img_size],
        patch_size=backbone.patch_size,
        dynamic_size=dynamic_size,
        model_name=backbone.model_name,
        provenance=student.provenance,
    )
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in facts.items()})
    onnx.save(model, file)


def _compare(
    file: Path, name: Path, outputs: _Outputs, backbone: TimmViT, sizes: Sequence[tuple[int, int, int]]
) -> float:
    """Run the file in ONNX Runtime on random images; return the largest difference from torch."""
    onnx, onnxruntime = (import_optional(package, 'export') for package in ('onnx', 'onnxruntime'))
    try:
        onnx.checker.check_model(str(file))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # errors are raised anyway
        session = onnxruntime.InferenceSession(str(file), options, providers=['CPUExecutionProvider'])
    except Exception as error:  # the classes of ONNX Runtime's errors are private
        raise _unusable(name, 'loaded by ONNX Runtime', error) from error
    differences = []
    for size in sizes:
        images = random_images(*size)
        try:
            there = session.run(outputs.names, {'images': images.numpy()})
        except Exception as error:
            raise _unusable(name, 'run by ONNX Runtime', error) from error
        here = outputs.split(normed_tokens(backbone, images))
        what = f'{name} at {"x".join(map(str, size))}'
        for output, one, other in zip(outputs.names, there, here, strict=True):
            differences.append(largest_difference(what, torch.from_numpy(one), other, output))
    return max(differences)


def _unusable(name: Path, how: str, error: Exception) -> CheckpointError:
    reason = ' '.join(str(error).split())[:200]
    return CheckpointError(f'{name} cannot be {how} ({reason}); nothing was kept.')
