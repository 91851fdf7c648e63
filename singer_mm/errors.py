"""Errors a user can fix: one sentence that names the file or key and the remedy; the tools print nothing else."""


class SingerError(Exception):
    """Base of all errors whose message is written for the user rather than for a debugger."""

    status = 1
    """Exit status of the program that ends with it."""

    @property
    def sentence(self) -> str:
        """The message itself; torch puts that of a data loading worker at the end of the worker's traceback."""
        message = str(self)
        if message.startswith('Caught '):
            return message.strip().splitlines()[-1].partition(': ')[2]
        return message


class ConfigError(SingerError, ValueError):
    """A configuration asks for something that does not exist or cannot work."""


class CheckpointError(SingerError, RuntimeError):
    """A weight file is missing, truncated, unsafe or belongs to another architecture."""


class DataError(SingerError, RuntimeError):
    """Images are missing, unreadable or too many of them are broken."""


class NonFiniteLossError(SingerError, ArithmeticError):
    """A loss became NaN or infinite during training."""


class NonFiniteWeightsError(SingerError, ArithmeticError):
    """Weights became NaN or infinite during training."""


class RunInterrupted(SingerError):
    """A training was asked to stop, and has saved its state.

    Args:
        sentence: Who asked, what was saved, and how to go on.
        status: Exit status that says who asked.
    """

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status
