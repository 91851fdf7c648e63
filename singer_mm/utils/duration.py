"""Durations for people."""


def duration(seconds: float) -> str:
    """Return a duration such as ``95 s``, ``12 min`` or ``3.4 h``."""
    if seconds < 100:
        return f'{seconds:.0f} s'
    return f'{seconds / 60:.0f} min' if seconds < 100 * 60 else f'{seconds / 3600:.1f} h'
