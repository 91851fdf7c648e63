"""The end of every tool: one sentence and an exit status instead of a traceback."""

import hashlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from singer_mm.errors import RunInterrupted, SingerError

from .disk_errors import is_disk_error, remedy
from .tool_start import INTERRUPTED

SAID = 'SINGER_SAID'
"""Variable in which ``tools/lib/torchrun.py`` names the folder where its processes note the sentences they printed."""

LOST_PEER = re.compile(
    'Connection closed by peer|Connection reset by peer|Broken pipe|pair closure|remote process exited'
)
"""What gloo and NCCL say when another process of the run has ended."""


@contextmanager
def errors_as_sentences(interrupted: str = INTERRUPTED) -> Iterator[None]:
    """End the program with one sentence and status 1 after an error that the user can fix.

    Several processes of ``tools/dist_*.sh`` on one machine print the same sentence once.
    ``interrupted`` is the sentence after Ctrl-C.
    """
    try:
        yield
    except RunInterrupted as interruption:
        _end(interruption.sentence, interruption.status)
    except SingerError as error:
        _end(f'error: {error.sentence}', error.status)
    except FileNotFoundError as error:
        # The libraries' datasets raise only this; the error of a worker begins with a traceback.
        reason = str(error).splitlines()[-1].removeprefix('FileNotFoundError: ').rstrip('.')
        _end(f'error: {reason}; check this path (--data names the folder of the datasets, if it is one of theirs).', 1)
    except OSError as error:
        if not is_disk_error(error):
            raise
        _end(f'error: {error.filename or "a file"}: {error.strerror}; {remedy(error)}.', 1)
    except RuntimeError as error:
        if not LOST_PEER.search(str(error)):
            raise
        _end('error: another process of this run has ended, and this one with it; what that one said tells why.', 1)
    except KeyboardInterrupt:
        _end(interrupted, 130)


def _end(line: str, status: int) -> NoReturn:
    if _is_first_to_say(line):
        if status == 1:
            sys.exit(line)  # Python prints it and ends with status 1
        print(line, file=sys.stderr, flush=True)
    sys.exit(status)


def _is_first_to_say(line: str) -> bool:
    if SAID not in os.environ:
        return True
    note = os.path.join(os.environ[SAID], hashlib.sha256(line.encode(errors='replace')).hexdigest())
    try:
        os.close(os.open(note, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    except FileNotFoundError:
        pass  # torchrun has ended and its folder is gone
    return True
