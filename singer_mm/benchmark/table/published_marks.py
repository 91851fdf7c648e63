"""Whether a published number may be compared with ours: one mark for each column."""

from collections.abc import Sequence

from singer_mm.benchmark.job_result import JobResult
from singer_mm.errors import ConfigError

from .columns import Column

RELEASED = 'linear_released'
"""The only protocol beside which published rows are printed."""

COMPARABLE, NEARLY, NOT = 'comparable', 'nearly comparable', 'not comparable'

# What `released` does otherwise than the authors' code, column by column; the heads of the configs have it at length.
DEVIATIONS = {
    'ADE20K': 'the epoch is picked by the mIoU of the data set, theirs by the mean over batches',
    'NYUd': 'temperature 0.6 as in their README, 0.03 is the default of their code; the 654 test frames, where their '
    'README converts the training frames for both splits; the epoch is picked at the same temperature',
    'iNat2019': 'another random fifth of the images is tested on, since theirs depends on a directory listing',
}


def mark_of(column: Column, jobs: Sequence[JobResult]) -> str:
    """Return the mark of a column's published numbers, with a reason unless they are comparable.

    Args:
        column: The column.
        jobs: Ours of the protocol ``released``.
    """
    ours = [job for job in jobs if job.task in column.parts and job.error is None]
    if not ours:
        return f'{NOT}: we have no number of this column'
    if any(job.fingerprint.get('data', '').startswith('mini') for job in ours):
        return f'{NOT}: ours are measured on the miniature'
    reasons = [DEVIATIONS[column.name]] if column.name in DEVIATIONS else []
    if any(job.fingerprint.get('precision', '').startswith('bfloat16') for job in ours):
        reasons.append('our backbone runs in bfloat16, theirs in float32')
    return f'{NEARLY}: {"; ".join(reasons)}' if reasons else COMPARABLE


def check_published(protocols: Sequence[str]) -> None:
    """See that published rows may stand beside numbers of these protocols, or configs.

    Raises:
        ConfigError: If ``released`` is not among them.
    """
    if not {'released', RELEASED} & set(protocols):
        raise ConfigError(
            f'published rows stand beside the protocol released only, and this is {", ".join(protocols)}; run '
            '--protocol released, or leave --published out.'
        )
