"""Draw and describe a run: PNG pictures, ``summary.json`` and one self-contained ``report.html``.

Of a distillation of features it shows what both networks make of photographs, of any other training its losses.

``python tools/analysis/report_run.py work_dirs/dinov2s_vitt``
"""

from __future__ import annotations

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.analysis.run_page.make_report import make_report
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from


def main() -> None:
    """Parse the command line and write the report."""
    parser = argparse.ArgumentParser(description='Write pictures, numbers and a page of a run.')
    parser.add_argument('work_dir', type=Path, help='work directory of the run')
    parser.add_argument('--images', help="folder of photographs (default: the run's own data_root)")
    parser.add_argument('--number', type=whole_from(1), default=4, help='how many photographs to draw (default: 4)')
    parser.add_argument(
        '--size',
        type=whole_from(1),
        help='side of the photographs in pixels (default: twice that of the training crops)',
    )
    parser.add_argument('--out', type=Path, help='folder to write (default: WORK_DIR/report)')
    args = parser.parse_args()
    with errors_as_sentences():
        page = make_report(args.work_dir, args.out, args.images, args.size, args.number)
    print(f'[report_run] {page}, its pictures and summary.json beside it')


if __name__ == '__main__':
    main()
