"""One variant trained with one seed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.visible_gpus import gpu_mask

TRAIN = Path(__file__).resolve().parents[3] / 'tools/train.py'


@dataclass(frozen=True)
class VariantRun:
    """A training of its own process, which is skipped where it is done and goes on where it was interrupted.

    Attributes:
        title: Of the variant.
        seed: Seed of the run.
        config: The variant's config.
        folder: Work directory.
        amp: Whether it trains in bfloat16.
    """

    title: str
    seed: int
    config: Config
    folder: Path
    amp: bool = False

    @property
    def student(self) -> Path:
        """File of the trained student."""
        return self.folder / 'student.pth'

    @property
    def digest(self) -> str:
        """Fingerprint of what is trained."""
        return hashlib.sha256(f'{self.config.pretty_text}{self.seed}{self.amp}'.encode()).hexdigest()

    def is_done(self) -> bool:
        """Whether this very training has ended."""
        return self._state() == dict(digest=self.digest, done=True)

    def _state(self) -> dict[str, object]:
        path = self.folder / 'variant.json'
        state: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
        return state

    def _write_state(self, done: bool) -> None:
        write_json(self.folder / 'variant.json', dict(digest=self.digest, done=done))

    def start(self, threads: int, gpu: int | None) -> subprocess.Popen[bytes]:
        """Start or resume the training in a process of its own, with its output in ``log.txt``.

        A run of other settings in the same folder is moved aside.

        Args:
            threads: CPU threads of the process.
            gpu: Place of the only GPU that it sees among those of this process; None for all of them.
        """
        if self.folder.exists() and self._state().get('digest') != self.digest:
            self.folder.rename(self.folder.with_name(f'{self.folder.name}.{time.strftime("%Y%m%d-%H%M%S")}'))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_state(done=False)
        path = self.folder / 'variant_config.py'
        write_text(path, self.config.pretty_text)
        environment = {**os.environ, 'OMP_NUM_THREADS': str(threads), **({} if gpu is None else gpu_mask(gpu))}
        command = [sys.executable, str(TRAIN), str(path), '--work-dir', str(self.folder), '--seed', str(self.seed)]
        with open(self.folder / 'log.txt', 'ab') as log:
            return subprocess.Popen(
                [*command, '--resume', 'auto', *(['--amp'] if self.amp else [])],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    def end(self, status: int) -> str | None:
        """Note how the process ended; return the sentence of its failure, if it failed."""
        if status == 0:
            self._write_state(done=True)
            return None
        lines = (self.folder / 'log.txt').read_text(errors='replace').strip().splitlines() or ['no output']
        errors = [line for line in lines if line.startswith('error: ')]
        return f'{(errors or lines)[-1].removeprefix("error: ")} (see {self.folder / "log.txt"})'
