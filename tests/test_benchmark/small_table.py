"""Datasets of a few dozen images in their real layouts, two tiny students, and runs of the tool without its imports."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from conftest import ROOT
from PIL import Image

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student

LABELS = (0, 1, 2, 3)  # of ImageNet; 1 and 2 are among the 200 classes of ImageNet-R
VARIANTS = ('707-320', '727-200', '737-200')
TOOL = ROOT / 'tools/benchmark.py'
WAIT_SECONDS = 240


def draw(path: Path, label: int, rng: np.random.Generator, size: tuple[int, int] = (40, 48)) -> None:
    """Write a noisy image ``(H, W)`` whose stripes and colour tell its label."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    stripes = np.sin((rows if label % 2 else columns) * (0.3 + 0.25 * label))
    pixels = 110 + 30 * stripes[..., None] + np.array([16, 0, -16]) * (label - 1.5)
    path.parent.mkdir(parents=True, exist_ok=True)
    noisy = pixels + rng.normal(0, 90, (*size, 3))
    Image.fromarray(noisy.clip(0, 255).astype('uint8')).save(path, 'JPEG')


def manifest(folder: Path, **counts: int) -> None:
    """Say that a folder is a miniature of so many images."""
    (folder / 'mini.json').write_text(json.dumps(dict(seed=0, counts=counts)))


def write_datasets(root: Path) -> None:
    """Write ImageNet, -R and -v2, Aircraft, ADE20K and NYUd-v2 below a data root."""
    rng = np.random.default_rng(0)
    wnids = imagenet_wnids()
    for label in LABELS:
        for index in range(10):
            draw(root / f'imagenet/train/{wnids[label]}/{wnids[label]}_{index}.JPEG', label, rng)
        for index in range(5):
            number = 5 * label + index + 1
            draw(root / f'imagenet/val/{wnids[label]}/ILSVRC2012_val_{number:08d}.JPEG', label, rng)
            draw(root / f'imagenetv2-matched-frequency-format-val/{label}/{index}.jpeg', label, rng, (48, 40))
            if label in imagenet_r_indices():
                draw(root / f'imagenet-r/{wnids[label]}/art_{index}.jpg', label, rng, (64, 64))
    (root / 'imagenet-r/README.txt').write_text('ImageNet-R\n')
    manifest(root / 'imagenet', train=40, val=20, classes=4)
    manifest(root / 'imagenet-r', test=10, classes=2)
    manifest(root / 'imagenetv2-matched-frequency-format-val', test=20, classes=4)
    _write_aircraft(root / 'fgvc-aircraft-2013b', rng)
    _write_ade20k(root / 'ade/ADEChallengeData2016', rng)
    _write_nyud(root / 'nyu', rng)


def _write_aircraft(folder: Path, rng: np.random.Generator) -> None:
    numbers = dict(train=range(18), val=range(18, 36), test=range(36, 51))
    for split, members in {**numbers, 'trainval': range(36)}.items():
        for number in members:
            draw(folder / f'data/images/{number:07d}.jpg', number % 3, rng)
        lines = [f'{number:07d} {VARIANTS[number % 3]}\n' for number in members]
        (folder / f'data/images_variant_{split}.txt').write_text(''.join(lines))
    (folder / 'data/variants.txt').write_text(''.join(f'{name}\n' for name in VARIANTS))
    manifest(folder, train=18, val=18, trainval=36, test=15, classes=3)


def _write_ade20k(folder: Path, rng: np.random.Generator) -> None:
    for split, long_name, number in (('train', 'training', 8), ('val', 'validation', 3)):
        (folder / 'annotations' / long_name).mkdir(parents=True)
        for index in range(number):
            name = f'ADE_{split}_{index:08d}'
            draw(folder / 'images' / long_name / f'{name}.jpg', index % 3, rng)
            labels = np.full((40, 48), 1 + index % 3, dtype='uint8')
            labels[:5] = 0
            Image.fromarray(labels).save(folder / 'annotations' / long_name / f'{name}.png')
    manifest(folder, train=8, val=3)


def _write_nyud(folder: Path, rng: np.random.Generator) -> None:
    for split, number in (('train', 2), ('test', 5)):
        (folder / 'annotations' / split).mkdir(parents=True)
        for index in range(number):
            name = f'{"kitchen" if split == "train" else "bathroom"}_{index:05d}'
            draw(folder / 'images' / split / f'{name}.jpg', index % 3, rng, (480, 640))
            depth = np.full((480, 640), 1000 + 500 * index, dtype='uint16')
            Image.fromarray(depth).save(folder / 'annotations' / split / f'{name}.png')
        for part in ('images', 'annotations'):
            shutil.copytree(folder / part / split, folder / part / f'{split}_labelled')
    manifest(folder, train=2, test=5, train_labelled=2, test_labelled=5)


def write_students(folder: Path) -> dict[str, str]:
    """Export two students of one architecture and other weights, ``first`` and ``second``."""
    torch.manual_seed(5)
    for name in ('first', 'second'):
        student = TimmViT(
            model_name='vit_tiny_patch16_224', img_size=32, patch_size=16, embed_dim=24, depth=4, num_heads=3
        )
        with torch.no_grad():
            for block in student.vit.blocks:
                # Fresh weights are so small that the CLS token of every image is the same.
                for weight in (block.attn.qkv.weight, block.attn.proj.weight, block.mlp.fc1.weight):
                    weight.mul_(15)
        export_student(student, folder / f'{name}.pth', provenance={})
    return {name: str(folder / f'{name}.pth') for name in ('first', 'second')}


@dataclass
class Run:
    """A run of the tool, in a session of its own.

    Attributes:
        pid: Of the run, and of its session.
        output: File that takes what it prints.
    """

    host: ToolHost
    pid: int
    output: Path

    def wait(self) -> int:
        """Return the exit status; that of a killed run is negative."""
        return int(self.host.ask(dict(wait=self.pid)))

    def kill_when(self, path: Path, pattern: str, whole_session: bool = True) -> None:
        """Kill the run, with or without its jobs, as soon as a file or folder has appeared, and see that all is gone.

        Args:
            path: Folder to watch.
            pattern: What must appear below it.
            whole_session: Whether the jobs are killed, too, rather than left to the kernel.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while not any(path.glob(pattern)):
            assert time.monotonic() < deadline and self.alive(), self.output.read_text()
            time.sleep(0.001)
        (os.killpg if whole_session else os.kill)(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL
        # Data loading workers look for their parent every five seconds.
        while self.alive():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def alive(self) -> bool:
        """Tell whether a process of the session lives."""
        for path in Path('/proc').glob('[0-9]*/stat'):
            try:
                # pid (name) state parent group session ...; the name may hold anything.
                state, _, _, session = path.read_text().rpartition(')')[2].split()[:4]
            except (OSError, ValueError):  # it has just ended
                continue
            if int(session) == self.pid and state not in 'ZX':
                return True
        return False


class ToolHost:
    """A process that has imported ``tools/benchmark.py``, from which runs of it are forked: imports cost most."""

    def __init__(self) -> None:
        command = [sys.executable, '-W', 'ignore', str(Path(__file__).with_name('tool_host.py')), str(TOOL)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def ask(self, request: dict[str, Any]) -> str:
        """Send a request and return the answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + '\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def start(self, cwd: Path, *arguments: Any) -> Run:
        """Start ``tools/benchmark.py`` with these arguments in a folder."""
        output = cwd / f'output-{time.monotonic_ns()}.txt'
        request = dict(arguments=[str(TOOL), *map(str, arguments)], cwd=str(cwd), output=str(output))
        return Run(self, int(self.ask(request)), output)

    def run(self, cwd: Path, *arguments: Any) -> tuple[int, str]:
        """Run it; return exit status and output."""
        run = self.start(cwd, *arguments)
        return run.wait(), run.output.read_text()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def results(out: Path) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Return the entries of ``results.json`` by backbone, task and seed."""
    jobs = json.loads((out / 'results.json').read_text())['jobs']
    return {(job['backbone']['label'], job['task'], job['seed']): job for job in jobs}


def metrics(out: Path) -> dict[tuple[str, str, int], Any]:
    """Return the metrics of ``results.json`` by backbone, task and seed, None for a failure."""
    return {key: job.get('metrics') for key, job in results(out).items()}
