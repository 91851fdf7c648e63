"""From a work directory to pictures, numbers and one page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from singer_mm.models.distillers import FeatureDistiller
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.utils.git_commit import git_commit

from .last_layer import last_layer_patches
from .photographs import load_photographs, spread
from .run_pictures import save_feature_pictures, save_history_pictures
from .run_report import Headline, render_run_report
from .run_summary import describe_machine, summarize_correlations, summarize_losses, versions
from .shown_size import shown_size
from .trained_run import TrainedRun, load_trained, read_run, untrained_distiller

OUTLIER_QUANTILE = 0.97
MEASURED = 16  # photographs behind the numbers: a handful would make them a matter of luck


def make_report(
    work_dir: Path, out: Path | None = None, images: str | None = None, size: int | None = None, number: int = 4
) -> Path:
    """Write the pictures, ``summary.json`` and ``report.html`` of a run.

    Args:
        work_dir: Where the run wrote its config and checkpoints.
        out: Folder to write, ``work_dir/report`` if left out.
        images: Folder of photographs, the run's own ``data_root`` if left out.
        size: Side of the photographs in pixels; see :func:`shown_size`.
        number: How many photographs to draw; the numbers are means over up to 16.

    Returns:
        Path of the page.

    Raises:
        SingerError: If the run or the photographs cannot be read.
    """
    out = out or work_dir / 'report'
    run = read_run(work_dir)
    data_root = run.config.train_dataloader.dataset.data_root
    distiller = untrained_distiller(run)
    photographs = load_photographs(images or data_root, MEASURED, size or shown_size(run.config, distiller))
    inputs = distiller.data_preprocessor({'inputs': photographs.pixels, 'data_samples': None}, False)['inputs']

    untrained = last_layer_patches(distiller, inputs)
    load_trained(distiller, run)
    patches = last_layer_patches(distiller, inputs)
    patches |= {f'untrained_{name}': untrained[name] for name in ('student', 'projected_student') if name in untrained}
    correlations = summarize_correlations(patches, photographs.names)

    summary = {
        **describe_run(run, distiller),
        'photographs': photographs.names,
        'photograph_size': inputs.shape[-1],
        'photographs_seen_in_training': Path(images or data_root).resolve().is_relative_to(Path(data_root).resolve()),
        'losses': summarize_losses(run.history.losses),
        'patch_cosine_correlation_with_teacher': correlations,
        'statistics_on_these_photographs': {
            f'block_{layer}': values for layer, values in layer_statistics(distiller, inputs, OUTLIER_QUANTILE).items()
        },
        'versions': versions(),
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
    shown = spread(len(photographs.names), number)
    drawn = {name: tokens[shown] for name, tokens in patches.items()}
    pictures = save_feature_pictures(distiller, photographs.select(shown), drawn, correlations, out)
    pictures += save_history_pictures(run.history, out)
    title = f'{summary["config"]}: {summary["method"]} after {run.iterations} iterations'
    appendix = {'Config': run.config.pretty_text}
    page = out / 'report.html'
    page.write_text(render_run_report(title, summary, pictures, headlines(summary), appendix))
    return page


def describe_run(run: TrainedRun, distiller: FeatureDistiller) -> dict[str, Any]:
    """Return what was run, on what, and how long it took."""
    return {
        'config': run.config_name,
        'method': type(distiller).__name__,
        'teacher': distiller.teacher.describe(),
        'student': distiller.student.describe(),
        'teacher_layers': distiller.teacher_layers,
        'student_layers': distiller.student_layers,
        'checkpoint': run.checkpoint_name,
        'iterations': run.iterations,
        'training_seconds': float(run.history.seconds.sum()),
        'seed': run.seed,
        'git_commit': git_commit(),
        'machine': describe_machine(),
    }


def headlines(summary: Mapping[str, Any]) -> list[Headline]:
    """Pick the numbers that a reader looks for first."""
    correlations = summary['patch_cosine_correlation_with_teacher']
    loss = summary['losses'].get('loss') or summary['losses']['loss_kd']
    student, untrained = correlations['student']['mean'], correlations['untrained_student']['mean']
    return [
        Headline(
            f'{student:.2f}',
            'resemblance of student and teacher',
            f'correlation of patch cosines; untrained {untrained:.2f}',
        ),
        Headline(f'{loss["first"]:.3g} → {loss["mean_of_last_tenth"]:.3g}', 'loss', 'first step → last tenth'),
        Headline(f'{summary["training_seconds"]:.0f} s', f'for {summary["iterations"]} iterations', summary['machine']),
    ]
