"""What all jobs of a table have in common."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What all jobs of a table have in common.

    Attributes:
        out: Folder of the table.
        configs: Folder of the downstream configs, or of their miniatures.
        protocol: A key of :data:`PROTOCOLS`.
        data: ``mini``, a folder, or None for ``data``.
        seeds: Number of seeds.
        cache: Folder of the feature cache, or None to read images in every epoch.
        cache_limit: Its size in GiB.
        amp: Whether frozen backbones run under bfloat16 autocast.
        num_workers: Processes that read images while features are extracted.
        options: Changes of single tasks' configs: task, dotted key, value.
    """

    out: Path
    configs: Path
    protocol: str
    data: str | None = None
    seeds: int = 1
    cache: Path | None = Path('work_dirs/feature_cache')
    cache_limit: float = 100.0
    amp: bool = False
    num_workers: int = 2
    options: tuple[tuple[str, str, Any], ...] = ()
