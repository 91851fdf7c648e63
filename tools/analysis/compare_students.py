"""How alike students, their teacher and the refined teacher see photographs, layer by layer.

``python tools/analysis/compare_students.py work_dirs/quickstart --images data/demo_photos``
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from singer_mm.analysis.networks import native_size, split_label
from singer_mm.analysis.student_beside_teacher import StudentBesideTeacher, read_subjects
from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.errors import ConfigError
from singer_mm.evaluation.similarity.likeness import Likeness, compare_pairs, layer_cka, merge_views
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_folder import check_output_folder
from singer_mm.visualization.save_figure import save_figure
from singer_mm.visualization.similarity_matrix import SimilarityMatrix, draw_similarity_matrices

BATCH = 8
COMPARED = {
    'student_teacher': 'student-teacher',
    'student_refined': 'student-refined',
    'refined_teacher': 'refined-teacher',
}


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='CKA and cosines between students, teacher and refined teacher.')
    parser.add_argument(
        'students',
        nargs='+',
        metavar='STUDENT',
        help='work directory of a distillation, exported student, timm name, or NAME=FILE; LABEL: in front names it',
    )
    parser.add_argument(
        '--teacher', help='teacher of the students that are no work directory (default: that of the first one that is)'
    )
    parser.add_argument(
        '--layers',
        type=whole_from(0),
        nargs='+',
        help='teacher blocks, 0-based, to pair by depth with those of such students (default: those of the first run, '
        'or each quarter of the depth)',
    )
    parser.add_argument('--images', required=True, help='folder of photographs')
    parser.add_argument(
        '--number', type=whole_from(1), default=16, help='how many of them to measure (default: %(default)s)'
    )
    parser.add_argument(
        '--size',
        type=whole_from(1),
        help="side in pixels (default: that of the first run's report, or the teacher's own)",
    )
    parser.add_argument(
        '--out', type=Path, default=Path('work_dirs/compare_students'), help='folder (default: %(default)s)'
    )
    return parser.parse_args()


def labelled(references: Sequence[str]) -> dict[str, str]:
    """Return references by label; a work directory without a label goes by its own name.

    Raises:
        ConfigError: If two have one label.
    """
    by_label: dict[str, str] = {}
    for label, reference in map(split_label, references):
        name = Path(reference).resolve().name if label == reference and Path(reference).is_dir() else label
        if name in by_label:
            raise ConfigError(f'two networks are called {name!r}; name them apart as LABEL:reference.')
        by_label[name] = reference
    return by_label


def load_for(subjects: Sequence[StudentBesideTeacher], args: argparse.Namespace) -> Photographs:
    """Load one set of images, whose side all teachers cut into whole patches."""
    sizes = [subject.size for subject in subjects if subject.size is not None]
    size = args.size or (sizes[0] if sizes else native_size(subjects[0].teacher))
    return load_photographs(
        args.images, size, math.lcm(*(subject.teacher.patch_size for subject in subjects)), args.number
    )


def measure(subject: StudentBesideTeacher, images: Photographs) -> dict[str, Any]:
    """Return everything that is printed, drawn and written about one student."""
    views = merge_views([subject.look(batch) for batch in images.batch.split(BATCH)])
    return {
        'teacher': subject.teacher.describe(),
        'student': subject.student.describe(),
        'pairs': list(subject.pairs),
        'likeness': compare_pairs(views),
        'cka': layer_cka(views).numpy(),
    }


def table(measured: Mapping[str, Mapping[str, Any]], images: Photographs) -> Table:
    """Return one row for each student, pair of layers and comparison."""
    title = f'{len(images.names)} images of {images.batch.shape[-1]} px; blocks: teacher, student (0-based)'
    result = Table(title=title, title_justify='left', box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    for header in ('', 'blocks', 'compared'):
        result.add_column(header)
    for header in ('linear\nCKA', 'patch-cosine\ncorrelation', 'token\ncosine', 'Gram\ndistance'):
        result.add_column(header, justify='right')
    for label, one in measured.items():
        name = label
        for (layer, student_layer), likeness in zip(one['pairs'], one['likeness'], strict=True):
            blocks = f'{layer}, {student_layer}'
            for key, value in likeness.items():
                numbers = (value.cka, value.patch_cosine_correlation, value.token_cosine, value.gram_distance)
                shown = ('' if number is None else f'{number:.3f}' for number in numbers)
                result.add_row(escape(name), blocks, COMPARED[key], *shown)
                name = blocks = ''  # said once
        result.add_section()
    return result


def as_json(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything in plain types; a number that does not exist is null."""

    def plain(number: float | None) -> float | None:
        return None if number is None or math.isnan(number) else number

    def row(value: Likeness) -> dict[str, float | None]:
        return {name: plain(number) for name, number in vars(value).items()}

    pairs = [
        {'teacher_layer': pair[0], 'student_layer': pair[1], **{key: row(value) for key, value in likeness.items()}}
        for pair, likeness in zip(one['pairs'], one['likeness'], strict=True)
    ]
    matrix = [[plain(number) for number in line] for line in one['cka'].tolist()]
    return {'teacher': one['teacher'], 'student': one['student'], 'pairs': pairs, 'cka_teacher_by_student': matrix}


def main() -> None:
    """Measure, print, draw and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        references = labelled(args.students)
        teacher = None if args.teacher is None else split_label(args.teacher)[1]
        subjects = read_subjects(list(references.values()), teacher, args.layers)
        images = load_for(subjects, args)
        measured = {label: measure(subject, images) for label, subject in zip(references, subjects, strict=True)}
        Console().print(table(measured, images))
        args.out.mkdir(parents=True, exist_ok=True)
        about = {'images': images.names, 'size': images.batch.shape[-1]}
        with atomic_path(args.out / 'compare_students.json') as path:
            students = {label: as_json(one) for label, one in measured.items()}
            path.write_text(json.dumps({**about, 'students': students}, indent=2) + '\n')
        matrices = [
            SimilarityMatrix(label, one['teacher'], one['cka'], one['pairs']) for label, one in measured.items()
        ]
        figure = draw_similarity_matrices(matrices, 'linear CKA of the patches')
        save_figure(figure, args.out / 'compare_students.png', dots_per_inch=150)
    print(f'[compare_students] {args.out}/compare_students.png and compare_students.json')


if __name__ == '__main__':
    main()
