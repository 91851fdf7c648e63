"""Whether there is a place for temporary files, which torch wants while it is imported."""

from __future__ import annotations

import sys
import tempfile


def need_temporary_folder() -> None:
    """End the program with one sentence where no temporary file can be written, as on a disk that is full.

    To be called before torch is imported, which asks for that folder and would end with a traceback.
    """
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:  # it lists the folders that it has tried to write a few bytes to
        tried = str(error.strerror).rpartition(' in ')[2]
        sys.exit(
            f'error: no temporary file can be written in {tried}; free some disk space, or name a folder in the '
            'variable TMPDIR.'
        )
