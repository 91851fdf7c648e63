"""Export of the student to files that contain its description."""

import copy
import json
from pathlib import Path
from typing import Any

import safetensors.torch
import timm
import torch
from mmengine.logging import print_log
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.machine import git_commit
from singer_mm.utils.weight_kinds import non_finite
from singer_mm.utils.weights_digest import weights_digest
from singer_mm.version import __version__

from .student_description import STUDENT_FORMAT, is_plain_name, read_description
from .timm_vit import TimmViT
from .weight_file import WeightFile, read_safetensors, read_torch_file

TOLERANCE = 1e-5
"""Largest allowed difference between the outputs of the student and of the files that were read back."""


def export_student(student: TimmViT, path: str | Path, provenance: dict[str, Any]) -> None:
    """Write ``path`` (``.pth``) and the same in ``.safetensors``, after both were read back and compared.

    The ``.pth`` holds ``format``, ``state_dict`` (plain timm keys), ``architecture`` (``model_name`` and
    ``timm_kwargs`` for ``timm.create_model``), ``normalization`` (mean and standard deviation for images in [0, 1])
    and ``provenance``; the ``.safetensors`` file holds the state dict, and the rest as JSON in its header. The bytes
    depend only on the content. Earlier files are replaced only after both temporary files passed the comparison.

    Args:
        student: The student.
        path: File name ending in ``.pth``.
        provenance: Origin of the student: teacher, config, iterations; version and commit are added.

    Raises:
        CheckpointError: If the weights are not finite, a file cannot be written, or it gives other weights or outputs
            when it is read back.
    """
    path = Path(path)
    twin = path.with_suffix('.safetensors')
    description: dict[str, Any] = dict(
        describe_student(student),
        provenance=dict(provenance, singer_mm_version=__version__, singer_mm_commit=git_commit()),
    )
    # Clones, because torch would save the whole storage of a view.
    state_dict = {key: value.detach().cpu().contiguous().clone() for key, value in student.vit.state_dict().items()}
    broken = non_finite(state_dict.items())
    if broken:
        raise CheckpointError(
            f'{path} was not written, because {broken[0]} of the student holds NaN or infinity; a student written '
            'before is unchanged.'
        )
    with atomic_path(path) as temporary:
        with open(temporary, 'wb') as file:  # by name, torch would write the temporary one into the archive
            torch.save(dict(format=STUDENT_FORMAT, state_dict=state_dict, **description), file)
        _verify(student, state_dict, read_torch_file(str(temporary)), path)
        with atomic_path(twin) as temporary_twin:
            temporary_twin.write_bytes(_safetensors_bytes(state_dict, description))
            _verify(student, state_dict, read_safetensors(str(temporary_twin)), twin)
    print_log(f'student exported to {path} and {twin.name}, read back and compared', logger='current')


def describe_student(student: TimmViT) -> dict[str, Any]:
    """Return ``architecture`` and ``normalization`` of a student as they are stored in its files.

    Raises:
        CheckpointError: If a file cannot store the description, for example arguments that are not plain values.
    """
    name = student.model_name
    if not is_plain_name(name):  # hf-hub:..., local-dir:...: the file gets the name of the architecture found there
        name = student.vit.pretrained_cfg.get('architecture', name)
    description = dict(
        architecture=dict(model_name=name, timm_kwargs=student.timm_kwargs),
        normalization=[list(values) for values in student.normalization],
    )
    read_description('the student', description, student.vit.state_dict())
    return description


def _safetensors_bytes(state_dict: dict[str, Tensor], description: dict[str, Any]) -> bytes:
    """Serialise as safetensors does, but with a sorted header, whose order is otherwise random.

    It returns bytes, because safetensors' ``save_file`` makes files that only their owner can read.
    """
    metadata = dict(
        format=STUDENT_FORMAT, description=json.dumps(description), weights_digest=weights_digest(state_dict)
    )
    content = safetensors.torch.save(state_dict, metadata)
    start = 8 + int.from_bytes(content[:8], 'little')
    header = json.dumps(json.loads(content[8:start]), sort_keys=True, separators=(',', ':')).encode()
    header += b' ' * (-len(header) % 8)  # tensors begin at a multiple of eight bytes
    return len(header).to_bytes(8, 'little') + header + content[start:]


def _verify(student: TimmViT, state_dict: dict[str, Tensor], weight_file: WeightFile, file: Path) -> None:
    found = weight_file.state_dict
    if set(found) != set(state_dict) or not all(torch.equal(found[key], value) for key, value in state_dict.items()):
        raise CheckpointError(f'{file} gives other weights than the exported student; it was not kept.')
    difference = _largest_difference(student, weight_file)
    if not difference <= TOLERANCE:
        raise CheckpointError(
            f'{file} gives other outputs than the exported student (difference {difference:g}); it was not kept.'
        )


@torch.no_grad()
def _largest_difference(student: TimmViT, weight_file: WeightFile) -> float:
    """Return the largest difference between the outputs of the student and of plain timm with the file's content."""
    original: Any = copy.deepcopy(student.vit).cpu().float().eval()
    for module in original.modules():  # the file does not contain WindowedViT's windows
        module._forward_pre_hooks.clear()
        module._forward_hooks.clear()
    assert weight_file.architecture is not None  # it was just written
    restored: Any = timm.create_model(
        weight_file.architecture['model_name'], **weight_file.architecture['timm_kwargs']
    ).eval()
    restored.load_state_dict(weight_file.state_dict, strict=True)
    images = torch.randn(2, 3, *original.patch_embed.img_size, generator=torch.Generator().manual_seed(0))
    return float((original.forward_features(images) - restored.forward_features(images)).abs().max())
