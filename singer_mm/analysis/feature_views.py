"""From what a user names (networks, runs) to views of the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmengine.device import get_device
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.engine.config.image_size import shown_size, takes_any_size
from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.feature_view import FeatureView, distiller_views
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.runs.trained_run import load_trained, read_run, untrained_distiller

from .feature_maps import last_block_map
from .networks import load_network, native_size, split_label


@dataclass(frozen=True)
class ViewedImages:
    """Images and what networks make of them.

    Attributes:
        images: The images, of the size that the first network saw.
        views: One for each network; the first one is the teacher.
        spaces: What can be compared by length, since it lies in one space: name of a teacher's block -> teacher,
            refined teacher and projected student of a run.
    """

    images: Photographs
    views: list[FeatureView]
    spaces: dict[str, list[FeatureView]]


def view_images(
    references: Sequence[str], source: str | Sequence[str], size: int | None = None, number: int | None = None
) -> ViewedImages:
    """Show images to networks.

    All networks get the grid of patches that the first one sees, by images of a fitting size; a network whose input
    size is fixed gets images of that size and may see another grid.

    Args:
        references: Networks (see :func:`load_network`) or work directories of distillations, each possibly as
            ``LABEL:reference``. The first one is the teacher; of a run it is the run's teacher.
        source: Folder or files, see :func:`load_photographs`.
        size: Side of the images for the first network in pixels; left out, the one its position embedding was made
            for, and for a run see :func:`shown_size`.
        number: At most so many images, spread over the folder; all, if left out.

    Raises:
        SingerError: If a network, a run or an image cannot be read, or two networks have one label.
    """
    subjects = [_subject(reference, alone=len(references) == 1) for reference in references]
    first = subjects[0]
    images = load_photographs(source, size or first.size, first.patch_size, number)
    grid = (images.batch.shape[-2] // first.patch_size, images.batch.shape[-1] // first.patch_size)
    views: list[FeatureView] = []
    spaces: dict[str, list[FeatureView]] = {}
    for subject in subjects:
        views += subject.views(images.batch, views[0].grid if views else grid)
        spaces |= subject.spaces
    labels = [view.label for view in views]
    for label in labels:
        if labels.count(label) > 1:
            raise ConfigError(f'two networks are called {label!r}; name them apart as LABEL:reference.')
    return ViewedImages(images, views, spaces)


@dataclass
class _Network:
    """A single network: its last block."""

    label: str
    network: TokenBackbone
    spaces: dict[str, list[FeatureView]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return native_size(self.network)

    @property
    def patch_size(self) -> int:
        return self.network.patch_size

    @torch.no_grad()
    def views(self, batch: Tensor, grid: tuple[int, int]) -> list[FeatureView]:
        # Whether others than timm's take any size is unknown: they say themselves when they do not.
        if hasattr(self.network, 'vit') and not takes_any_size(self.network):
            grid = (self.size // self.patch_size, self.size // self.patch_size)
        resized = _resized(batch, (grid[0] * self.patch_size, grid[1] * self.patch_size))
        images = self.network.normalize_images(resized.to(get_device()))
        # One image at a time: large networks on fine grids need much memory.
        maps = torch.cat([last_block_map(self.network, image[None]).cpu() for image in images])
        return [FeatureView(self.label, maps.flatten(1, 2), grid)]


@dataclass
class _Run:
    """A distillation: teacher, refined teacher and student of its last pair of layers."""

    prefix: str
    distiller: FeatureDistiller
    size: int
    spaces: dict[str, list[FeatureView]] = field(default_factory=dict)

    @property
    def patch_size(self) -> int:
        return self.distiller.teacher.patch_size

    def views(self, batch: Tensor, grid: tuple[int, int]) -> list[FeatureView]:
        images = _resized(batch, (grid[0] * self.patch_size, grid[1] * self.patch_size))
        pixels = list((255 * images).round().byte())
        inputs = self.distiller.data_preprocessor({'inputs': pixels, 'data_samples': None}, False)['inputs']
        views = distiller_views(self.distiller, inputs)
        teacher = self.distiller.teacher
        space = f'{self.prefix}teacher block {self.distiller.teacher_layers[-1]} ({teacher.embed_dims}-d)'
        self.spaces = {space: [view for name, view in views.items() if name != 'student']}
        return [
            FeatureView(f'{self.prefix}{name}', view.patches, view.grid)
            for name, view in views.items()
            if name != 'projected student'
        ]


def _subject(reference: str, alone: bool) -> _Network | _Run:
    label, path = split_label(reference)
    if not Path(path).is_dir():
        return _Network(label, load_network(path).to(get_device()))
    run = read_run(Path(path))
    distiller = untrained_distiller(run)
    load_trained(distiller, run)
    name = label if label != path else Path(path).resolve().name
    return _Run('' if alone else f'{name}: ', distiller, shown_size(run.config, distiller))


def _resized(batch: Tensor, size: tuple[int, int]) -> Tensor:
    """Return images ``(B, 3, H, W)`` in [0, 1] in another size."""
    if tuple(batch.shape[-2:]) == size:
        return batch
    return resize(batch, list(size), antialias=True).clamp(0, 1)
