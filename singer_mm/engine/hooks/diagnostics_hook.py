"""Log what the refiners of a distillation do."""

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.registry import HOOKS

from .export_student_hook import distiller_in


@HOOKS.register_module()
class DiagnosticsHook(Hook):
    """Log the spectrum of each refiner before training, and statistics of each layer every ``interval`` iterations.

    The statistics (:data:`singer_mm.models.distillers.diagnostics.STATISTICS`) go to the log, the visualizer, and the
    message hub: ``singer/layer{l}/{name}``, with their iterations in ``singer/iter``. Every checkpoint holds the
    message hub, so a resumed run keeps its curves. They cost one pass without gradients.

    A distiller without refiners has fewer statistics. A distiller that compares no layers
    (:class:`LogitsDistiller`) has none.

    Args:
        interval: Iterations between statistics.
        quantile: Patches whose teacher norm exceeds this quantile of their image count as outliers.

    Raises:
        ConfigError: If ``interval`` is less than 1; before training, if the model holds no distiller.
    """

    priority = 'NORMAL'  # before CheckpointHook, whose file holds the message hub

    def __init__(self, interval: int = 100, quantile: float = 0.97) -> None:
        if interval < 1:
            raise ConfigError(f'DiagnosticsHook, SiNGERHook: interval is {interval}; it must be at least 1.')
        self.interval = interval
        self.quantile = quantile

    def before_train(self, runner: Runner) -> None:
        """Log the singular values of the block behind each refiner, and the basis that the refiner takes."""
        distiller = distiller_in(bare_model(runner.model))
        if not isinstance(distiller, FeatureDistiller):
            return
        refiners: dict[str, Any] = dict(distiller.refiners.items())
        for layer, refiner in refiners.items():
            spectrum = getattr(refiner, 'spectrum', None)
            if spectrum is not None:
                chosen = spectrum[-refiner.rank]
                runner.logger.info(
                    f'layer {layer}: singular values of block {distiller.next_block(int(layer))} from '
                    f'{spectrum[0]:.4g} to {spectrum[-1]:.4g}, median {spectrum.median():.4g}; the {refiner.rank} '
                    f'smallest of {len(spectrum)} lie below {chosen:.4g}; basis: {refiner.basis}'
                )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: dict[str, Any] | None = None
    ) -> None:
        """Log the statistics of this batch, if they are due."""
        if not is_main_process() or not self.every_n_train_iters(runner, self.interval):
            return
        model = bare_model(runner.model)
        distiller = distiller_in(model)
        if not isinstance(distiller, FeatureDistiller):
            return
        # In training mode, since only then do segmentors pad to whole patches.
        inputs = model.data_preprocessor(data_batch, True)['inputs']
        step = runner.iter + 1
        runner.message_hub.update_scalar('singer/iter', step)
        for layer, statistics in layer_statistics(distiller, inputs, self.quantile).items():
            scalars = {f'singer/layer{layer}/{name}': value for name, value in statistics.items()}
            for name, value in scalars.items():
                runner.message_hub.update_scalar(name, value)
            runner.visualizer.add_scalars(scalars, step=step)
            text = ', '.join(f'{name} {value:.4g}' for name, value in statistics.items())
            runner.logger.info(f'SiNGER [{step}] layer {layer}: {text}')
