"""Durations in the format of schedulers."""

import re

from singer_mm.errors import ConfigError

FORMS = 'MINUTES, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS'


def parse_time_limit(text: str) -> float:
    """Return the seconds of a duration in a format of Slurm's ``--time``, e.g. 23:45:00.

    Raises:
        ConfigError: If it has another format, or is not positive.
    """
    match = re.fullmatch(r'(?:(\d+)-)?(\d+(?:\.\d+)?)(?::(\d+))?(?::(\d+))?', text.strip())
    seconds = 0.0
    if match is not None:
        days, *parts = match.groups()
        numbers = [float(part) for part in parts if part is not None]
        units = [60.0, 1.0] if days is None and len(numbers) < 3 else [3600.0, 60.0, 1.0]
        seconds = int(days or 0) * 86400 + sum(number * unit for number, unit in zip(numbers, units, strict=False))
    if seconds <= 0:
        raise ConfigError(f'--time-limit is {text!r}; allowed: {FORMS}, more than 0.')
    return seconds
