"""What a tool does before it imports torch. Imports here must be fast."""

import sys
import tempfile
from types import TracebackType

INTERRUPTED = 'interrupted while no training was under way; nothing was saved.'


def start_tool() -> None:
    """Answer Ctrl-C with a sentence, and end with a sentence if no temporary file can be written.

    Call it before the import of torch. This import takes seconds, in which Ctrl-C would print a traceback, and needs a
    temporary folder, so that a full disk would end it with a traceback.
    """
    sys.excepthook = _say_interrupted
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:  # its text ends with the list of the folders tried
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
