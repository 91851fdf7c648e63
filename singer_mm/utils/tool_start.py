"""What a tool does before it imports torch: nothing here may take long."""

from __future__ import annotations

import sys
import tempfile
from types import TracebackType

INTERRUPTED = 'interrupted while no training was under way; nothing was saved.'


def start_tool() -> None:
    """Answer Ctrl-C with a sentence from the first moment on, and end where no temporary file can be written.

    To be called before torch is imported. The imports take seconds, in which Ctrl-C would end in a stack trace of the
    library that is just loaded; and torch asks for a temporary folder, and would end in a stack trace without one, as
    on a disk that is full.
    """
    sys.excepthook = _say_interrupted
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:  # it lists the folders that it has tried to write a few bytes to
        tried = str(error.strerror).rpartition(' in ')[2]
        sys.exit(
            f'error: no temporary file can be written in {tried}; free some disk space, or name a folder in the '
            'variable TMPDIR.'
        )


def _say_interrupted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print(INTERRUPTED, file=sys.stderr)  # Python then ends by SIGINT, which a shell shows as 130
    else:
        sys.__excepthook__(kind, error, trace)
