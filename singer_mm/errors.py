"""Errors that a user can fix. The message is one sentence with the file or key and the remedy; tools print only it."""


class SingerError(Exception):
    """Base of all errors whose message is written for the user, not for a debugger."""

    status = 1
    """Exit status of a program that ends with this error."""

    @property
    def sentence(self) -> str:
        """The message itself; for an error of a data loading worker, torch puts it at the end of a traceback."""
        message = str(self)
        if message.startswith('Caught '):
            return message.strip().splitlines()[-1].partition(': ')[2]
        return message


class ConfigError(SingerError, ValueError):
    """A configuration asks for something that does not exist or cannot work."""


class CheckpointError(SingerError, RuntimeError):
    """A weight file is missing, truncated, unsafe or belongs to another architecture."""


class DataError(SingerError, RuntimeError):
    """Images are missing or unreadable, or too many of them are broken."""


class NonFiniteLossError(SingerError, ArithmeticError):
    """A loss became NaN or infinite during training."""


class NonFiniteWeightsError(SingerError, ArithmeticError):
    """Weights became NaN or infinite during training."""


class RunInterrupted(SingerError):
    """A training was asked to stop, and has saved its state.

    Args:
        sentence: Who asked, what was saved, and how to continue.
        status: Exit status that says who asked.
    """

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status
