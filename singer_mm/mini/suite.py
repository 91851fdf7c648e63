"""The whole suite: every dataset drawn by a pool of processes, each folder whole or absent."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from singer_mm.errors import DataError
from singer_mm.utils.disk_errors import remedy
from singer_mm.utils.random_state import derive_seed

from .writers import WRITERS, DatasetWriter
from .writers.base import Job

VERSION = 2
MANIFEST = 'mini.json'
CHUNK = 4


def make_suite(
    out: Path,
    seed: int = 0,
    workers: int | None = None,
    writers: Sequence[DatasetWriter] = WRITERS,
    progress: Callable[[str, int, int], None] | None = None,
) -> list[str]:
    """Write the datasets that ``out`` lacks; the bytes depend on the seed alone.

    Args:
        out: Data root of the miniatures.
        seed: Seed of every image, together with its dataset and place.
        workers: Number of processes; one for each core if not given.
        writers: Which datasets.
        progress: Called with dataset, images done and images in all.

    Returns:
        The folders that were written; those that were complete already are left as they are.

    Raises:
        DataError: If a folder is in the way that is not a miniature, or the disk refuses.
    """
    missing = [writer for writer in writers if not is_complete(out / writer.folder, seed)]
    for writer in missing:
        _refuse_foreign(out / writer.folder)
    if not missing:
        return []
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Started anew rather than forked: a progress bar's thread may hold a lock, which a fork would keep for ever.
        context = multiprocessing.get_context('spawn')
        with ProcessPoolExecutor(workers or os.cpu_count(), context, cv2.setNumThreads, (1,)) as pool:
            for writer in missing:
                _write(pool, writer, out, seed, progress)
    except OSError as error:
        raise DataError(f'{out} could not be written ({error}); {remedy(error)}, or choose another --out.') from error
    return [writer.folder for writer in missing]


def is_complete(folder: Path, seed: int) -> bool:
    """Whether a folder holds this version's miniature for this seed."""
    manifest = read_manifest(folder)
    return manifest is not None and (manifest.get('seed'), manifest.get('version')) == (seed, VERSION)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return what ``mini.json`` says, or None where a folder is no miniature."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and read_manifest(folder) is None:
        raise DataError(f'{folder} exists and is no miniature: delete it or choose another --out.')


def _write(
    pool: Executor,
    writer: DatasetWriter,
    out: Path,
    seed: int,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    jobs = writer.jobs()
    # A killed run leaves this folder; the next one begins it anew.
    unfinished = out / f'.{writer.folder}.unfinished'
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    results = []
    for result in pool.map(partial(_draw, writer, unfinished, seed), range(len(jobs)), jobs, chunksize=CHUNK):
        results.append(result)
        if progress is not None:
            progress(writer.folder, len(results), len(jobs))
    counts = writer.finish(unfinished, jobs, results)
    manifest = {'seed': seed, 'version': VERSION, 'counts': counts}
    (unfinished / MANIFEST).write_text(json.dumps(manifest, indent=2) + '\n')
    final = out / writer.folder
    if final.exists():
        shutil.rmtree(final)  # a miniature of another seed or version
    unfinished.rename(final)


def _draw(writer: DatasetWriter, root: Path, seed: int, index: int, job: Job) -> Any:
    place = derive_seed(seed, zlib.crc32(writer.folder.encode()), index)
    return writer.draw(root, job, np.random.default_rng(place))
