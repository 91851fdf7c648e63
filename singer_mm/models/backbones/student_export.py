"""The student alone, in files that describe themselves."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import torch
from mmengine.logging import print_log

from singer_mm.errors import CheckpointError
from singer_mm.utils.checkpoint_io import atomic_path
from singer_mm.utils.git_commit import git_commit
from singer_mm.version import __version__

from .timm_vit import TimmViT
from .weights import STUDENT_FORMAT, read_weight_file

TOLERANCE = 1e-5
"""Largest difference between the student's outputs and those of the files that were read back."""


def export_student(student: TimmViT, path: str | Path, provenance: dict[str, Any]) -> None:
    """Write ``path`` (``.pth``) and its ``.safetensors`` twin, read both back, and compare outputs.

    The ``.pth`` holds ``format``, ``state_dict`` (plain timm keys), ``architecture`` (``model_name`` and
    ``timm_kwargs`` for ``timm.create_model``), ``normalization`` (mean and standard deviation for images in [0, 1])
    and ``provenance``; the ``.safetensors`` file holds the state dict, and the rest as JSON in its header.

    Args:
        student: The student.
        path: File name ending in ``.pth``.
        provenance: Where it comes from: teacher, config, iterations; version and commit are added.

    Raises:
        CheckpointError: If a file cannot be written, or gives other outputs when read back.
    """
    path = Path(path)
    description: dict[str, Any] = dict(
        architecture=dict(model_name=student.model_name, timm_kwargs=student.timm_kwargs),
        normalization=[list(values) for values in student.normalization],
        provenance=dict(provenance, singer_mm_version=__version__, singer_mm_commit=git_commit()),
    )
    state_dict = {key: value.detach().cpu().contiguous() for key, value in student.vit.state_dict().items()}
    with atomic_path(path) as temporary:
        torch.save(dict(format=STUDENT_FORMAT, state_dict=state_dict, **description), temporary)
    twin = path.with_suffix('.safetensors')
    with atomic_path(twin) as temporary:
        # As bytes: safetensors' own `save_file` makes files that only their owner can read.
        metadata = dict(format=STUDENT_FORMAT, description=json.dumps(description))
        temporary.write_bytes(safetensors.torch.save(state_dict, metadata))
    for file in (path, twin):
        difference = _largest_difference(student, file)
        if not difference <= TOLERANCE:
            raise CheckpointError(f'{file} gives other outputs than the student it was written from ({difference:g}).')
    print_log(f'student exported to {path} and {twin.name}, read back and compared', logger='current')


@torch.no_grad()
def _largest_difference(student: TimmViT, file: Path) -> float:
    """Compare the student with plain timm on what the file holds."""
    original: Any = copy.deepcopy(student.vit).cpu().float().eval()
    for module in original.modules():  # WindowedViT's windows are no part of the file
        module._forward_pre_hooks.clear()
        module._forward_hooks.clear()
    weight_file = read_weight_file(str(file))
    assert weight_file.architecture is not None  # it was just written
    restored: Any = timm.create_model(
        weight_file.architecture['model_name'], **weight_file.architecture['timm_kwargs']
    ).eval()
    restored.load_state_dict(weight_file.state_dict, strict=True)
    images = torch.randn(2, 3, *original.patch_embed.img_size, generator=torch.Generator().manual_seed(0))
    return float((original.forward_features(images) - restored.forward_features(images)).abs().max())
