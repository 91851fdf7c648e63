"""What two networks make of the same images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class PatchViews:
    """Patch tokens ``(B, N, C)`` of a teacher and its student for the same images, by layer, on one patch grid.

    Attributes:
        teacher: All teacher layers.
        student: All student layers, in the student's own space.
        pairs: ``(teacher layer, student layer)`` that belong together.
        refined: Refined teacher tokens by teacher layer; empty without refiners.
        projected: Student tokens in the teacher's space by teacher layer; empty without projectors.
    """

    teacher: Mapping[int, Tensor]
    student: Mapping[int, Tensor]
    pairs: Sequence[tuple[int, int]]
    refined: Mapping[int, Tensor] = field(default_factory=dict)
    projected: Mapping[int, Tensor] = field(default_factory=dict)


def merge_views(batches: Sequence[PatchViews]) -> PatchViews:
    """Return the views of several batches of images as one."""

    def merged(name: str) -> dict[int, Tensor]:
        parts = [getattr(batch, name) for batch in batches]
        return {layer: torch.cat([part[layer] for part in parts]) for layer in parts[0]}

    return PatchViews(merged('teacher'), merged('student'), batches[0].pairs, merged('refined'), merged('projected'))
