"""Feature maps of teacher and student during training."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from numpy.typing import NDArray
from torch import nn

from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.engine.bare_model import bare_model
from singer_mm.engine.config.image_size import shown_size
from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.feature_view import distiller_views, patch_at
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.registry import HOOKS
from singer_mm.utils.array_file import write_arrays
from singer_mm.utils.random_state import seeded

DOTS_PER_INCH = 100
FOLDER = 'feature_maps'

Maps = dict[str, list[NDArray[Any]]]


@HOOKS.register_module()
class FeatureMapHook(Hook):
    """Keep maps of the last pair of layers from before training and from after every ``interval``-th epoch.

    The maps go to ``feature_maps/iter_{N}.npz`` in the work directory, for the page of the run: ``norms/{name}`` and
    ``cosines/{name}`` ``(n, h, w)`` of each network, ``mark`` (row, column of the middle patch) and ``photographs``
    ``(n, S, S, 3)``. A new run removes those of an earlier one.

    The visualizer gets pictures of them with the iteration as step: ``patch_norms`` (teacher, refined teacher and
    projected student in one space, on one scale), ``patch_cosine`` (cosines with the middle patch) and ``pca``
    (colours; both of teacher, refined teacher and student). All this costs one pass without gradients over the images,
    and does not change the training.

    Args:
        images: Folder of images, with its subfolders, or a list of files.
        interval: Epochs between pictures.
        number: Largest number of images of a folder, spread evenly over it.
        size: Side of the images in pixels, rounded down to whole patches of the teacher. Default: twice that of the
            training crops, or the same if the input size of a network is fixed.

    Raises:
        ConfigError: If the images do not exist, or a number is less than 1; before training, if the model is no
            :class:`FeatureDistiller` or the size cannot be found.
        DataError: Before training, if an image is unreadable or smaller than a patch.
    """

    def __init__(
        self, images: str | Sequence[str], interval: int = 1, number: int = 4, size: int | None = None
    ) -> None:
        for name, value in dict(interval=interval, number=number).items():
            if value < 1:
                raise ConfigError(f'FeatureMapHook: {name} is {value}; it must be at least 1.')
        for path in [images] if isinstance(images, str) else images:
            if not Path(path).exists():
                raise ConfigError(f'FeatureMapHook: images names {path}, which does not exist; give a folder or files.')
        self.source = images if isinstance(images, str) else list(images)
        self.interval = interval
        self.number = number
        self.size = size
        self._photographs: Photographs | None = None

    def before_train(self, runner: Runner) -> None:
        """Load the images, and draw the untrained state unless the run was resumed."""
        if not is_main_process():
            return
        distiller = _distiller(runner)
        size = self.size or _default_size(runner, distiller)
        # `number` limits a folder; of a list, all files are drawn.
        number = self.number if isinstance(self.source, str) else None
        self._photographs = load_photographs(self.source, size, distiller.teacher.patch_size, number)
        if runner.iter == 0:
            shutil.rmtree(Path(runner.work_dir, FOLDER), ignore_errors=True)
            self._draw(runner, distiller)

    def after_train_epoch(self, runner: Runner) -> None:
        """Draw, if it is due."""
        if is_main_process() and self.every_n_epochs(runner, self.interval):
            self._draw(runner, _distiller(runner))

    def _draw(self, runner: Runner, distiller: FeatureDistiller) -> None:
        # A training without pictures does not load matplotlib.
        from singer_mm.visualization.patch_maps import (
            draw_patch_cosine_maps,
            draw_patch_norm_maps,
            draw_pca_feature_maps,
        )
        from singer_mm.visualization.save_figure import figure_pixels

        assert self._photographs is not None
        photos = self._photographs.pixels
        with _undisturbed(distiller):
            batch = {'inputs': self._photographs.tensors, 'data_samples': None}
            views = distiller_views(distiller, distiller.data_preprocessor(batch, False)['inputs'])
            mark = patch_at((0.5, 0.5), views['teacher'].grid)
            norms = {name: view.norms() for name, view in views.items() if name != 'student'}
            own = {name: view for name, view in views.items() if name != 'projected student'}
            cosines = {name: view.cosines(mark) for name, view in own.items()}
            self._write(runner, norms, cosines, mark)
            space = f'teacher block {distiller.teacher_layers[-1]} ({distiller.teacher.embed_dims}-d)'
            figures = {
                'patch_norms': draw_patch_norm_maps(photos, norms, space),
                'patch_cosine': draw_patch_cosine_maps(photos, cosines, [mark] * len(photos)),
                'pca': draw_pca_feature_maps(photos, {name: view.features() for name, view in own.items()}),
            }
            for name, figure in figures.items():
                runner.visualizer.add_image(name, figure_pixels(figure, DOTS_PER_INCH), runner.iter)

    def _write(self, runner: Runner, norms: Maps, cosines: Maps, mark: tuple[int, int]) -> None:
        assert self._photographs is not None
        arrays: dict[str, Any] = {f'norms/{name}': maps for name, maps in norms.items()}
        arrays |= {f'cosines/{name}': maps for name, maps in cosines.items()}
        path = Path(runner.work_dir, FOLDER, f'iter_{runner.iter}.npz')
        path.parent.mkdir(exist_ok=True)
        write_arrays(path, arrays | {'mark': mark, 'photographs': self._photographs.pixels})


def _distiller(runner: Runner) -> FeatureDistiller:
    distiller = bare_model(runner.model)
    if not isinstance(distiller, FeatureDistiller):
        raise ConfigError(
            f'FeatureMapHook looks into a FeatureDistiller or SiNGERDistiller, but the model is a '
            f'{type(distiller).__name__}; remove the hook from custom_hooks.'
        )
    return distiller


def _default_size(runner: Runner, distiller: FeatureDistiller) -> int:
    try:
        return shown_size(runner.cfg, distiller)
    except (ConfigError, AttributeError) as error:
        raise ConfigError(
            'FeatureMapHook finds no size in train_dataloader.dataset.pipeline; give it one, such as size=224.'
        ) from error


@contextmanager
def _undisturbed(distiller: nn.Module) -> Iterator[None]:
    """Put a model into eval mode inside the block; restore its modes and all random states after it."""
    modes: dict[nn.Module, bool] = {module: module.training for module in distiller.modules()}
    devices = list(range(torch.cuda.device_count()))
    with seeded(0), torch.random.fork_rng(devices):
        distiller.eval()
        try:
            yield
        finally:
            for module, mode in modes.items():
                module.training = mode
