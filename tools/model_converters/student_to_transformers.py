#!/usr/bin/env python
"""Write a student as a folder of Hugging Face transformers, load it there and compare its outputs.

``python tools/model_converters/student_to_transformers.py work_dirs/quickstart/student.pth --out student_hf``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.export.student_source import read_student
from singer_mm.export.transformers_export import export_transformers
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Write a student for Hugging Face transformers and compare outputs.')
    parser.add_argument('student', help='an exported student (.pth, .safetensors), a timm name, or NAME=FILE')
    parser.add_argument('--out', type=Path, required=True, metavar='FOLDER', help='folder to write')
    return parser.parse_args()


def main() -> None:
    """Read the student and write the folder."""
    args = parse_args()
    with errors_as_sentences():
        report = export_transformers(read_student(args.student), args.out)
    print(
        f'[student_to_transformers] {args.out}: {report.class_name}, largest difference from timm '
        f'{report.difference:.1e}'
    )


if __name__ == '__main__':
    main()
