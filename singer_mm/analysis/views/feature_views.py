"""Views of the same images by the networks and runs that a user names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from singer_mm.analysis.networks import (
    device_of,
    has_fixed_size,
    labelled_references,
    load_network,
    native_size,
    pick_device,
)
from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.engine.config.image_size import shown_size
from singer_mm.evaluation.similarity.feature_view import FeatureView, distiller_views
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.runs.trained_run import read_run, trained_distiller

from .feature_maps import last_block_map
from .network_inputs import distiller_inputs, resize_images


@dataclass(frozen=True)
class ViewedImages:
    """Images and the features of several networks for them.

    Attributes:
        images: The images, in the size for the first network.
        views: One for each network; the first one is the teacher.
        spaces: Views whose norms can be compared because they lie in one space: name of a teacher's block to teacher,
            refined teacher and projected student of a run.
    """

    images: Photographs
    views: list[FeatureView]
    spaces: dict[str, list[FeatureView]]


def view_images(
    references: Sequence[str],
    source: str | Sequence[str],
    size: int | None = None,
    number: int | None = None,
    device: str = 'auto',
) -> ViewedImages:
    """Run networks on the same images.

    All networks get as many patches as the first one, from images of a suitable size. A network with a fixed input size
    gets images of that size; its grid may differ.

    Args:
        references: Networks (see :func:`load_network`) or work directories of distillations, each possibly as
            ``LABEL:reference``. The first one is the teacher; of a run it is the run's teacher.
        source: Folder or files, see :func:`load_photographs`.
        size: Side of the images for the first network in pixels; None: its :func:`native_size`, for a run
            :func:`shown_size`.
        number: At most so many images, spread over the folder; None: all.
        device: See :func:`pick_device`.

    Raises:
        SingerError: If a network, a run or an image cannot be read, or two networks have the same label.
    """
    arguments = labelled_references(references).items()
    subjects = [_subject(label, reference, len(references) == 1, device) for label, reference in arguments]
    first = subjects[0]
    images = load_photographs(source, size or first.size, first.patch_size, number)
    grid = (images.batch.shape[-2] // first.patch_size, images.batch.shape[-1] // first.patch_size)
    views: list[FeatureView] = []
    spaces: dict[str, list[FeatureView]] = {}
    for subject in subjects:
        own, common = subject.views(images.batch, views[0].grid if views else grid)
        views += own
        spaces |= common
    return ViewedImages(images, views, spaces)


@dataclass(frozen=True)
class _Subject:
    """A single network, or the teacher of a run with its distiller; ``label`` is the label or its beginning."""

    label: str
    network: TokenBackbone
    size: int
    distiller: FeatureDistiller | None = None

    @property
    def patch_size(self) -> int:
        return self.network.patch_size

    @torch.no_grad()
    def views(self, batch: Tensor, grid: tuple[int, int]) -> tuple[list[FeatureView], dict[str, list[FeatureView]]]:
        """Return what :class:`ViewedImages` has as ``views`` and ``spaces``."""
        if self.distiller is None and has_fixed_size(self.network):
            grid = (self.size // self.patch_size, self.size // self.patch_size)
        images = resize_images(batch, (grid[0] * self.patch_size, grid[1] * self.patch_size))
        if self.distiller is None:
            inputs = self.network.normalize_images(images.to(device_of(self.network)))
            # One image at a time: large networks on fine grids need much memory.
            maps = torch.cat([last_block_map(self.network, image[None]).cpu() for image in inputs])
            return [FeatureView(self.label, maps.flatten(1, 2), grid)], {}
        views = distiller_views(self.distiller, distiller_inputs(self.distiller, images))
        space = f'{self.label}teacher block {self.distiller.teacher_layers[-1]} ({self.network.embed_dims}-d)'
        own = [replace(view, label=self.label + name) for name, view in views.items() if name != 'projected student']
        return own, {space: [view for name, view in views.items() if name != 'student']}


def _subject(label: str, reference: str, alone: bool, device: str) -> _Subject:
    if not Path(reference).is_dir():
        network = load_network(reference, device)
        return _Subject(label, network, native_size(network))
    run = read_run(Path(reference))
    distiller = trained_distiller(run).to(pick_device(device))
    return _Subject('' if alone else f'{label}: ', distiller.teacher, shown_size(run.config, distiller), distiller)
