#!/usr/bin/env python
"""Read a ViT or DINOv2 folder of Hugging Face transformers as a student file, and compare its outputs.

``python tools/model_converters/transformers_to_student.py student_hf --out student.pth``
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.errors import ConfigError
from singer_mm.export.transformers_import import import_transformers
from singer_mm.models.backbones.student_export import export_student
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Read a folder of Hugging Face transformers as a student file.')
    parser.add_argument('folder', type=Path, help='folder with config.json and model.safetensors')
    parser.add_argument(
        '--out', type=Path, required=True, metavar='FILE.pth', help='file to write, with a .safetensors copy beside it'
    )
    return parser.parse_args()


def main() -> None:
    """Read the folder and write the student."""
    args = parse_args()
    with errors_as_sentences():
        if args.out.suffix != '.pth':
            raise ConfigError(f'--out is {args.out}; it must end in .pth (a .safetensors copy is written beside it).')
        student = import_transformers(args.folder)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        export_student(student.backbone, args.out, student.provenance)


if __name__ == '__main__':
    main()
