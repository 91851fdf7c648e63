"""How an input ended."""

from enum import Enum


class Outcome(Enum):
    """The first two are good, the others are faults."""

    RIGHT = 'right'
    """The right result."""
    SENTENCE = 'sentence'
    """Refused in one sentence that names the file or the key."""
    SILENT = 'silent'
    """Another result than the right one, without a word."""
    UNCLEAR = 'unclear'
    """Refused though it is right, or in a sentence that does not name what is wrong."""
    TRACE = 'trace'
    """An error of a library, for which the tools print a stack trace."""
    HANG = 'hang'
    """No end within the time limit."""

    @property
    def is_fault(self) -> bool:
        """Whether this is no way to end."""
        return self not in (Outcome.RIGHT, Outcome.SENTENCE)
