#!/usr/bin/env python
"""Write a student as an ONNX file, run it in ONNX Runtime and compare its outputs with torch.

``python tools/model_converters/student_to_onnx.py work_dirs/quickstart/student.pth --out student.onnx``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.errors import ConfigError
from singer_mm.export.onnx_export import export_onnx
from singer_mm.export.student_source import read_student
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Write a student as an ONNX file and compare its outputs.')
    parser.add_argument('student', help='an exported student (.pth, .safetensors), a timm name, or NAME=FILE')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.onnx', help='file to write')
    return parser.parse_args()


def main() -> None:
    """Read the student and write the file."""
    args = parse_args()
    with errors_as_sentences():
        if args.out.suffix != '.onnx':
            raise ConfigError(f'--out is {args.out}; it must end in .onnx.')
        student = read_student(args.student)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        report = export_onnx(student, args.out)
    sizes = ', '.join('x'.join(map(str, size)) for size in report.sizes)
    print(f'[student_to_onnx] {args.out}: largest difference from torch {report.difference:.1e} at {sizes}')
    if report.why_fixed is None:
        print('[student_to_onnx] batch, height and width are dynamic')
    else:
        print(f'[student_to_onnx] the batch is dynamic, height and width are fixed: {report.why_fixed}')


if __name__ == '__main__':
    main()
