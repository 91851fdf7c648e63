"""Errors a user can mend: one sentence that names the file or key and the remedy; the tools print nothing else."""


class SingerError(Exception):
    """Base of all errors whose message is written for the user rather than for a debugger."""

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
