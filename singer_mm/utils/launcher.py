"""The command that started this process."""

import os
import shlex
import sys
from pathlib import Path

COMMAND = 'SINGER_COMMAND'
"""Variable in which ``tools/lib/launch.sh`` stores the words of the user's command."""

LAUNCHER_PID = 'SINGER_LAUNCHER'
"""Variable in which ``tools/lib/torchrun.py`` stores its process id."""

SEPARATOR = '\x1f'
RESUME = '--resume'


def under_torchrun() -> bool:
    """Return whether torchrun has started this process."""
    return 'TORCHELASTIC_RUN_ID' in os.environ


def resume_command() -> str:
    """Return the command line that started the run, with ``--resume`` instead of any other ``--resume``."""
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
    follows_resume = False
    for word in words:
        option = word.partition('=')[0]
        is_resume = len(option) > len('--') and RESUME.startswith(option)  # argparse accepts abbreviated options
        is_value = follows_resume and not word.startswith('-')
        if not (is_resume or is_value):
            kept.append(word)
        follows_resume = is_resume and '=' not in word
    return kept
