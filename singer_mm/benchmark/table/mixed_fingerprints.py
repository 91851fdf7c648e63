"""Numbers may stand in one column only if they were measured in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from singer_mm.benchmark.job_result import JobResult
from singer_mm.errors import ConfigError

# What belongs to the weights rather than to the measurement, and therefore differs between two rows.
BACKBONE_KEYS = frozenset({'checkpoint', 'checkpoint hash', 'sha256', 'normalisation', 'normalization', 'patch size'})
# What is told, but changes no result.
WITHOUT_EFFECT = '(without effect)'


def check_fingerprints(jobs: Sequence[JobResult], allow_mixed: bool = False) -> dict[str, str]:
    """Compare the fingerprints of all finished jobs of one task and protocol with that of the first.

    Keys of the backbone itself (its hash, normalisation and patch size, and all that begin with ``backbone``) may
    differ, and so may those that end with ``(without effect)``.

    Args:
        jobs: All jobs of a table.
        allow_mixed: Return the differences instead of raising.

    Returns:
        Name of each job that differs, and in what.

    Raises:
        ConfigError: If two jobs differ and that is not allowed; names both and the keys.
    """
    first: dict[tuple[str, str], JobResult] = {}
    mixed = {}
    for job in jobs:
        if job.error is not None:
            continue
        reference = first.setdefault((job.task, job.protocol), job)
        difference = differing(reference.fingerprint, job.fingerprint)
        if not difference:
            continue
        if not allow_mixed:
            raise ConfigError(
                f'"{reference.name}" and "{job.name}" were not measured in the same way ({difference}): run one of '
                'them again, or allow mixed fingerprints, which marks such numbers.'
            )
        mixed[job.name] = f'measured otherwise than "{reference.name}": {difference}'
    return mixed


def differing(reference: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return the keys that differ with both values, such as ``crop: squash and centre``; empty if none does."""
    keys = [key for key in {**reference, **other} if not belongs_to_backbone(key) and not key.endswith(WITHOUT_EFFECT)]
    return ', '.join(
        f'{key}: {reference.get(key, "not stated")} and {other.get(key, "not stated")}'
        for key in keys
        if str(reference.get(key)) != str(other.get(key))
    )


def belongs_to_backbone(key: str) -> bool:
    """Whether a key of a fingerprint describes the weights and may differ between rows."""
    key = key.replace('_', ' ')
    return key in BACKBONE_KEYS or key.startswith('backbone')
