"""One variant trained with one seed."""

import hashlib
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from singer_mm.utils.atomic_path import write_json, write_text

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

    def set_done(self, done: bool = True) -> None:
        """Note whether this training has ended."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / 'variant.json', dict(digest=self.digest, done=done))

    def make_room(self) -> None:
        """Move a run of other settings in the same folder aside."""
        if self.folder.exists() and self._state().get('digest') != self.digest:
            self.folder.rename(self.folder.with_name(f'{self.folder.name}.{time.strftime("%Y%m%d-%H%M%S")}'))
        self.set_done(False)

    def train(self, threads: int) -> None:
        """Start or resume the training in the place of this process, with so many CPU threads."""
        (self.folder / 'failure.json').unlink(missing_ok=True)  # of an earlier process that a signal has ended
        path = self.folder / 'variant_config.py'
        write_text(path, self.config.pretty_text)
        os.environ['OMP_NUM_THREADS'] = str(threads)
        command = [sys.executable, str(TRAIN), str(path), '--work-dir', str(self.folder), '--seed', str(self.seed)]
        os.execv(command[0], [*command, '--resume', 'auto', *(['--amp'] if self.amp else [])])

    def _state(self) -> dict[str, object]:
        path = self.folder / 'variant.json'
        state: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
        return state
