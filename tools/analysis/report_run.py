"""Describe a run: PNG pictures, ``summary.json`` and one self-contained ``report.html``.

For a distillation of features, the report shows the features of both networks on photographs; for any other training,
its losses.

``python tools/analysis/report_run.py work_dirs/dinov2s_vitt``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.analysis.command_line import add_device_option, add_size_option
from singer_mm.analysis.run_page.make_report import make_report
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from


def main() -> None:
    """Parse the command line and write the report."""
    parser = argparse.ArgumentParser(description='Write pictures, numbers and a page of a run.')
    parser.add_argument('work_dir', type=Path, help='work directory of the run')
    parser.add_argument('--images', help="folder of photographs (default: the run's own data_root)")
    parser.add_argument('--number', type=whole_from(1), default=4, help='number of photographs to draw (default: 4)')
    add_size_option(parser, 'twice that of the training crops')
    add_device_option(parser)
    parser.add_argument('--out', type=Path, help='folder to write (default: WORK_DIR/report)')
    args = parser.parse_args()
    with errors_as_sentences():
        page = make_report(args.work_dir, args.out, args.images, args.size, args.number, args.device)
    print(f'[report_run] {page}, its pictures and summary.json beside it')


if __name__ == '__main__':
    main()
