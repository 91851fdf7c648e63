"""What all tools share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from singer_mm.errors import SingerError


@contextmanager
def errors_as_sentences() -> Iterator[None]:
    """End the program with one sentence and status 1 where the user can fix what went wrong."""
    try:
        yield
    except SingerError as error:
        sys.exit(f'error: {error.sentence}')
    except FileNotFoundError as error:
        # The libraries' datasets say no more than this; a worker's error carries a traceback in front.
        reason = str(error).splitlines()[-1]
        sys.exit(f'error: {reason}; give the folder of the datasets with --data, or prepare them.')
