#!/usr/bin/env python
"""Write a student as a checkpoint and config of mmpretrain, load it there and compare its outputs.

``python tools/model_converters/student_to_mmpretrain.py work_dirs/quickstart/student.pth --out student_mmpretrain.pth``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.errors import ConfigError
from singer_mm.export.mmpretrain_export import export_mmpretrain
from singer_mm.export.student_source import read_student
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Write a student for mmpretrain and compare its outputs.')
    parser.add_argument('student', help='an exported student (.pth, .safetensors), a timm name, or NAME=FILE')
    parser.add_argument(
        '--out', type=Path, required=True, metavar='FILE.pth', help='checkpoint to write, with its config (.py)'
    )
    return parser.parse_args()


def main() -> None:
    """Read the student, and write the checkpoint and its config."""
    args = parse_args()
    with errors_as_sentences():
        if args.out.suffix != '.pth':
            raise ConfigError(f'--out is {args.out}; it must end in .pth (the config is written beside it).')
        student = read_student(args.student)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        difference = export_mmpretrain(student, args.out)
    print(
        f'[student_to_mmpretrain] {args.out} and {args.out.with_suffix(".py").name}: largest difference from timm '
        f'{difference:.1e}'
    )


if __name__ == '__main__':
    main()
