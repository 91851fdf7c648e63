#!/usr/bin/env python
"""Export the student of a run from its last checkpoint, or as it was before the first step."""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.errors import ConfigError
from singer_mm.models.backbones.student_export import export_student
from singer_mm.models.distillers.distiller import Distiller
from singer_mm.runs.trained_run import load_trained, read_run, untrained_model
from singer_mm.utils.command_line import errors_as_sentences


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('work_dir', type=Path, help='work directory of a distillation')
    parser.add_argument(
        '--out', type=Path, required=True, metavar='FILE.pth', help='file to write, with a .safetensors copy beside it'
    )
    parser.add_argument(
        '--untrained',
        action='store_true',
        help='export the student of the same seed before training, as the lower bound of a table',
    )
    return parser.parse_args()


def main() -> None:
    """Read the run and write the student."""
    args = parse_args()
    with errors_as_sentences():
        if args.out.suffix != '.pth':
            raise ConfigError(f'--out is {args.out}; it must end in .pth (a .safetensors copy is written beside it).')
        run = read_run(args.work_dir)
        distiller = untrained_model(run, Distiller)
        if not args.untrained:
            load_trained(distiller, run)
        provenance = dict(config=run.config_name, seed=run.seed, iterations=0 if args.untrained else run.iterations)
        if run.averaged and not args.untrained:
            provenance['weights'] = 'average over steps (EMAHook)'
        if distiller.student_from_teacher:
            provenance['student_from_teacher'] = True
        args.out.parent.mkdir(parents=True, exist_ok=True)
        export_student(distiller.student, args.out, provenance)


if __name__ == '__main__':
    main()
