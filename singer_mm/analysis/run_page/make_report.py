"""Write the pictures, the numbers and the HTML page of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_mm.analysis.networks import pick_device
from singer_mm.analysis.views.network_inputs import distiller_inputs
from singer_mm.datasets.photographs import load_photographs, spread
from singer_mm.engine.config.image_size import shown_size, training_set
from singer_mm.errors import ConfigError
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.distillers.last_layer import last_layer_patches
from singer_mm.pages.headline import Headline
from singer_mm.pages.picture import Picture
from singer_mm.runs.trained_run import TrainedRun, distils_features, load_trained, read_run, untrained_distiller
from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.machine import describe_machine, git_commit, versions
from singer_mm.utils.output_path import check_output_folder

from .run_pictures import save_feature_pictures, save_history_pictures, save_map_history
from .run_report import render_run_report
from .run_summary import summarize_correlations, summarize_losses

OUTLIER_QUANTILE = 0.97
MEASURED = 16  # photographs for the numbers; with a few, the numbers would depend on chance


def make_report(
    work_dir: Path,
    out: Path | None = None,
    images: str | None = None,
    size: int | None = None,
    number: int = 4,
    device: str = 'auto',
) -> Path:
    """Write the pictures, ``summary.json`` and ``report.html`` of a run.

    For a distillation of features, the page also shows the features of both networks on photographs. For any other
    training, such as that of a head or of logits, it shows the losses.

    Args:
        work_dir: Folder with the run's config and checkpoints.
        out: Folder to write; None: ``work_dir/report``.
        images: Folder of photographs; None: the run's own ``data_root``.
        size: Side of the photographs in pixels; None: :func:`shown_size`.
        number: Number of photographs to draw; the numbers are means over up to 16.
        device: See :func:`pick_device`.

    Returns:
        Path of the page.

    Raises:
        SingerError: If the run or the photographs cannot be read, or photographs are given but the page shows none.
    """
    run = read_run(work_dir)
    out = out or work_dir / 'report'
    check_output_folder(out)
    if distils_features(run):
        networks, measured, pictures = _on_photographs(run, out, images, size, number, device)
    elif images is not None or size is not None:
        raise ConfigError(
            f'{work_dir} trained a {run.config.model.type}, whose report shows no photographs; remove --images and '
            '--size.'
        )
    else:
        networks, measured, pictures = {}, {}, []
    summary = {
        'config': run.config_name,
        'method': run.config.model.type.rpartition('.')[2],
        'checkpoint': run.checkpoint_name,
        'iterations': run.iterations,
        'training_seconds': float(run.history.seconds.sum()),
        'seed': run.seed,
        'git_commit': git_commit(),
        'machine': describe_machine(),
        **networks,
        'losses': summarize_losses(run.history.losses),
        **measured,
        'versions': versions(),
    }
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / 'summary.json', summary)
    pictures += [*save_map_history(work_dir, run.iterations, out), *save_history_pictures(run.history, out)]
    title = f'{summary["config"]}: {summary["method"]} after {run.iterations} iterations'
    appendix = {'Config': run.config.pretty_text}
    page = out / 'report.html'
    write_text(page, render_run_report(title, summary, pictures, headlines(summary), appendix))
    return page


def _on_photographs(
    run: TrainedRun, out: Path, images: str | None, size: int | None, number: int, device: str
) -> tuple[dict[str, Any], dict[str, Any], list[Picture]]:
    """Return the description of the networks, the measurements on photographs, and the pictures."""
    data_root = training_set(run.config).data_root
    distiller = untrained_distiller(run).to(pick_device(device))
    photographs = load_photographs(images or data_root, size or shown_size(run.config, distiller), number=MEASURED)
    inputs = distiller_inputs(distiller, photographs.batch)

    untrained = last_layer_patches(distiller, inputs)
    load_trained(distiller, run)
    patches = last_layer_patches(distiller, inputs)
    patches |= {f'untrained_{name}': untrained[name] for name in ('student', 'projected_student') if name in untrained}
    correlations = summarize_correlations(patches, photographs.names)

    networks = {
        'teacher': distiller.teacher.describe(),
        'student': distiller.student.describe(),
        'teacher_layers': distiller.teacher_layers,
        'student_layers': distiller.student_layers,
        'photographs': photographs.names,
        'photograph_size': inputs.shape[-1],
        'photographs_seen_in_training': Path(images or data_root).resolve().is_relative_to(Path(data_root).resolve()),
    }
    measured = {
        'patch_cosine_correlation_with_teacher': correlations,
        'statistics_on_these_photographs': {
            f'block_{layer}': values for layer, values in layer_statistics(distiller, inputs, OUTLIER_QUANTILE).items()
        },
    }
    shown = spread(len(photographs.names), number)
    drawn = {name: tokens[shown] for name, tokens in patches.items()}
    out.mkdir(parents=True, exist_ok=True)
    pictures = save_feature_pictures(distiller, photographs.select(shown), drawn, correlations, out)
    return networks, measured, pictures


def headlines(summary: Mapping[str, Any]) -> list[Headline]:
    """Return the most important numbers, for the top of the page."""
    found = []
    if correlations := summary.get('patch_cosine_correlation_with_teacher'):
        student, untrained = correlations['student']['mean'], correlations['untrained_student']['mean']
        hint = f'correlation of patch cosines; untrained {untrained:.2f}'
        found.append(Headline(f'{student:.2f}', 'resemblance of student and teacher', hint))
    losses = summary['losses']
    loss = losses.get('loss') or next(iter(losses.values()))
    return [
        *found,
        Headline(f'{loss["first"]:.3g} → {loss["mean_of_last_tenth"]:.3g}', 'loss', 'first step → last tenth'),
        Headline(f'{summary["training_seconds"]:.0f} s', f'for {summary["iterations"]} iterations', summary['machine']),
    ]
