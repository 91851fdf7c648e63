"""The whole suite: a pool of processes draws every dataset; a folder is complete or absent."""

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
from .writers.dataset_writer import Job

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
    """Write the datasets that ``out`` lacks; the bytes depend only on the seed.

    Args:
        out: Data root of the miniatures.
        seed: Seed of every image, together with the image's dataset and index.
        workers: Number of processes; one for each core if not given.
        writers: The datasets.
        progress: Called with the dataset, the number of finished images and the number of all images.

    Returns:
        The folders that were written; complete folders are left unchanged.

    Raises:
        DataError: If a folder exists that is no miniature, or the disk cannot be written.
    """
    missing = [writer for writer in writers if not is_complete(out / writer.folder, seed)]
    for folder in (out / writer.folder for writer in missing):
        if folder.exists() and read_manifest(folder) is None:
            raise DataError(f'{folder} exists and is no miniature: delete it or choose another --out.')
    if not missing:
        return []
    try:
        out.mkdir(parents=True, exist_ok=True)
        # Not forked: a progress bar's thread may hold a lock, and a forked process would keep it locked for ever.
        context = multiprocessing.get_context('spawn')
        with ProcessPoolExecutor(workers or os.cpu_count(), context, cv2.setNumThreads, (1,)) as pool:
            for writer in missing:
                _write(pool, writer, out, seed, progress)
    except OSError as error:
        raise DataError(f'{out} could not be written ({error}); {remedy(error)}, or choose another --out.') from error
    return [writer.folder for writer in missing]


def is_complete(folder: Path, seed: int) -> bool:
    """Whether a folder holds this version's miniature for this seed."""
    manifest = read_manifest(folder) or {}
    return (manifest.get('seed'), manifest.get('version')) == (seed, VERSION)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the content of ``mini.json``, or None if a folder is no miniature."""
    path = folder / MANIFEST
    return json.loads(path.read_text()) if path.is_file() else None


def _write(
    pool: Executor,
    writer: DatasetWriter,
    out: Path,
    seed: int,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    jobs = writer.jobs()
    # A killed run leaves this folder; the next run starts it again.
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
