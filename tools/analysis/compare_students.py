"""Compare the features of students, their teacher and the refined teacher on photographs, layer by layer.

``python tools/analysis/compare_students.py work_dirs/quickstart --images data/demo_photos``
"""

import argparse
import math
from collections.abc import Mapping, Sequence
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from singer_mm.analysis.command_line import add_shared_options, describe_images, result_table, write_results
from singer_mm.analysis.networks import labelled_references, native_size
from singer_mm.analysis.views.student_beside_teacher import StudentBesideTeacher, read_subjects
from singer_mm.datasets.photographs import Photographs, load_photographs
from singer_mm.engine.config.backbone_label import split_label
from singer_mm.evaluation.similarity.likeness import compare_pairs, layer_cka
from singer_mm.evaluation.similarity.patch_views import merge_views
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_path import check_output_folder
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
        help='[LABEL:] and a work directory of a distillation, exported student, timm name, or NAME=FILE',
    )
    parser.add_argument(
        '--teacher',
        help='teacher of students that are not a work directory (default: the teacher of the first work directory)',
    )
    parser.add_argument(
        '--layers',
        type=whole_from(0),
        nargs='+',
        help='teacher blocks, 0-based, to pair by depth with blocks of such students (default: those of the first work '
        'directory, or each quarter of the depth)',
    )
    add_shared_options(parser, 'compare_students', 16, "that of the first run's report, or the teacher's own")
    return parser.parse_args()


def load_for(subjects: Sequence[StudentBesideTeacher], args: argparse.Namespace) -> Photographs:
    """Load one set of images whose side is a multiple of the patch sizes of all teachers."""
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
    right = ('linear\nCKA', 'patch-cosine\ncorrelation', 'token\ncosine', 'Gram\ndistance')
    result = result_table(title, ('', 'blocks', 'compared'), right)
    for label, one in measured.items():
        name = label
        for (layer, student_layer), likeness in zip(one['pairs'], one['likeness'], strict=True):
            blocks = f'{layer}, {student_layer}'
            for key, value in likeness.items():
                numbers = (value.cka, value.patch_cosine_correlation, value.token_cosine, value.gram_distance)
                shown = ('' if number is None else f'{number:.3f}' for number in numbers)
                result.add_row(escape(name), blocks, COMPARED[key], *shown)
                name = blocks = ''  # only in the first row
        result.add_section()
    return result


def as_json(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything about one student as the file has it."""
    pairs = [
        {'teacher_layer': pair[0], 'student_layer': pair[1], **likeness}
        for pair, likeness in zip(one['pairs'], one['likeness'], strict=True)
    ]
    networks = {'teacher': one['teacher'], 'student': one['student']}
    return {**networks, 'pairs': pairs, 'cka_teacher_by_student': one['cka'].tolist()}


def main() -> None:
    """Measure, print, draw and write."""
    args = parse_args()
    with errors_as_sentences():
        check_output_folder(args.out)
        references = labelled_references(args.students)
        teacher = None if args.teacher is None else split_label(args.teacher)[1]
        subjects = read_subjects(list(references.values()), teacher, args.layers, args.device)
        images = load_for(subjects, args)
        measured = {label: measure(subject, images) for label, subject in zip(references, subjects, strict=True)}
        Console().print(table(measured, images))
        students = {label: as_json(one) for label, one in measured.items()}
        matrices = [
            SimilarityMatrix(label, one['teacher'], one['cka'], one['pairs']) for label, one in measured.items()
        ]
        figure = draw_similarity_matrices(matrices, 'linear CKA of the patches')
        results = {**describe_images(images), 'students': students}
        write_results(args.out, 'compare_students', results, figure, indent=2)


if __name__ == '__main__':
    main()
