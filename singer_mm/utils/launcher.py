"""What a process knows of the command that started it."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

COMMAND = 'SINGER_COMMAND'
"""Variable in which ``tools/lib/launch.sh`` keeps the words of the user's command."""

LAUNCHER = 'SINGER_LAUNCHER'
"""Variable in which ``tools/lib/torchrun.py`` keeps its process id."""

RANKS = {'pytorch': 'RANK', 'slurm': 'SLURM_PROCID', 'mpi': 'OMPI_COMM_WORLD_RANK'}
SEPARATOR = '\x1f'
RESUME = '--resume'


def under_torchrun() -> bool:
    """Return whether torchrun has started this process."""
    return 'TORCHELASTIC_RUN_ID' in os.environ


def launched_rank(launcher: str) -> int:
    """Return the rank that the launcher gave to this process, before the processes have met."""
    return int(os.environ.get(RANKS[launcher], '0')) if launcher in RANKS else 0


def resume_command() -> str:
    """Return the command line that started the run, with ``--resume`` in the place of any other ``--resume``."""
    return shlex.join([*_without_resume(_words()), RESUME])


def _words() -> list[str]:
    if COMMAND in os.environ:
        return os.environ[COMMAND].split(SEPARATOR)
    launcher = Path(f'/proc/{os.getppid()}/cmdline')  # Linux
    if under_torchrun() and launcher.is_file():
        return launcher.read_bytes().decode(errors='surrogateescape').rstrip('\0').split('\0')
    return sys.orig_argv


def _without_resume(words: list[str]) -> list[str]:
    kept: list[str] = []
    skipping = False
    for word in words:
        option = word.partition('=')[0]
        if len(option) > len('--') and RESUME.startswith(option):  # argparse knows options by their beginning
            skipping = '=' not in word
        elif skipping and not word.startswith('-'):
            skipping = False  # the value of the option
        else:
            skipping = False
            kept.append(word)
    return kept
