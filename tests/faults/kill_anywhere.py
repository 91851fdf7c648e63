#!/usr/bin/env python
"""Kill small trainings at random moments, resume them, and compare: ``python tests/faults/kill_anywhere.py --runs 30``.

Each ends bit-equal to a training that nobody disturbed, in its weights and in every loss.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests')]

import torch  # noqa: E402
from conftest import SINGER, training, write_images  # noqa: E402
from mmengine.config import Config  # noqa: E402
from training_run import Run  # noqa: E402

from singer_mm.utils.checkpoint_io import load_checkpoint  # noqa: E402

EPOCHS = {1: 12, 2: 10}
"""By the number of processes. A start takes about as long as the training, so that half of the kills meet a start."""
PATIENCE = 240
"""Seconds until processes that were asked to end, or that lost a part of their run, must be gone."""
LOSSES = ('train/loss', 'train/loss_kd', 'train/loss_outlier', 'train/loss_info')


@dataclass(frozen=True)
class Kill:
    """A way to end a training.

    Attributes:
        name: What it is called.
        processes: Of the training.
        strike: Ends it.
    """

    name: str
    processes: int
    strike: Callable[[Run], None]


def to_all(number: signal.Signals) -> Callable[[Run], None]:
    """Return what sends a signal to every process of a run, as Slurm does."""

    def strike(run: Run) -> None:
        for member in run.members():
            send(member, number)

    return strike


def to_launcher(number: signal.Signals) -> Callable[[Run], None]:
    """Return what sends a signal to the process that was started, alone."""
    return lambda run: send(run.process.pid, number)


def to_rank(rank: int, number: signal.Signals) -> Callable[[Run], None]:
    """Return what sends a signal to one of several processes, alone; to all where there is none yet."""

    def strike(run: Run) -> None:
        ranks = [member for member, variables in run.members().items() if f'RANK={rank}' in variables]
        for member in ranks or run.members():
            send(member, number)

    return strike


def send(process: int, number: signal.Signals) -> None:
    """Send a signal; a process that has ended gets none."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


KILLS = [
    Kill('SIGKILL', 1, to_all(signal.SIGKILL)),
    Kill('SIGTERM to one rank', 2, to_rank(1, signal.SIGTERM)),
    Kill('launcher alone by SIGKILL', 2, to_launcher(signal.SIGKILL)),
    Kill('SIGTERM', 1, to_all(signal.SIGTERM)),
    Kill('SIGKILL of one rank', 2, to_rank(1, signal.SIGKILL)),
    Kill('SIGINT', 1, to_all(signal.SIGINT)),
    Kill('SIGKILL of all', 2, to_all(signal.SIGKILL)),
    Kill('SIGUSR1', 1, to_all(signal.SIGUSR1)),
    Kill('SIGTERM to the launcher', 2, to_launcher(signal.SIGTERM)),
    Kill('SIGKILL of rank 0', 2, to_rank(0, signal.SIGKILL)),
]


class Trainings:
    """Small trainings in a folder, and how the undisturbed ones end.

    Args:
        folder: Where configs, images and work directories lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        write_images(folder / 'images')
        self.whole: dict[int, Path] = {}
        self.seconds: dict[int, float] = {}

    def start(self, processes: int, work_dir: Path, *arguments: str) -> Run:
        """Start a training."""
        config = self.folder / f'{processes}.py'
        if not config.exists():
            cfg = training(SINGER, self.folder / 'images', self.folder)
            del cfg['work_dir']
            cfg = Config(cfg)
            cfg.default_hooks.checkpoint = dict(type='CheckpointHook', interval=1, max_keep_ckpts=2)
            cfg.train_cfg.max_epochs = EPOCHS[processes]
            cfg.model_wrapper_cfg = dict(type='singer_mm.DistillerDDP')
            cfg.dump(config)
        if processes == 1:
            return Run([sys.executable, ROOT / 'tools/train.py', config, '--work-dir', work_dir, *arguments])
        tool = ROOT / 'tools/dist_train.sh'
        return Run(['bash', tool, config, processes, '--work-dir', work_dir, *arguments])

    def measure(self, processes: int) -> None:
        """Train without a disturbance, once."""
        if processes not in self.whole:
            self.whole[processes] = self.folder / f'whole{processes}'
            start = time.monotonic()
            status, said = self.start(processes, self.whole[processes]).end(PATIENCE)
            assert status == 0, said
            self.seconds[processes] = time.monotonic() - start

    def killed(self, kill: Kill, share: float, number: int, beside: bool) -> str:
        """Kill a training after a share of its time, resume it and compare.

        Args:
            kill: How.
            share: When.
            number: Of the run.
            beside: Whether another training is started in its work directory meanwhile, which must be refused.

        Returns:
            What is wrong; nothing if all is right.
        """
        self.measure(kill.processes)
        work_dir = self.folder / f'run{number}'
        run = self.start(kill.processes, work_dir)
        try:
            other = None
            if beside:
                wait_for(lambda: bool(list(work_dir.glob('epoch_*.pth'))) or run.process.poll() is not None)
                to_all(signal.SIGSTOP)(run)  # it would reach its end before the other has started
                other = self.start(1, work_dir).end(PATIENCE)
                to_all(signal.SIGCONT)(run)
            else:
                time.sleep(share * self.seconds[kill.processes])
            under_way = run.process.poll() is None
            if under_way:
                kill.strike(run)
            wait_for(lambda: not run.members())
            said = run.end(PATIENCE)[1]
        finally:
            run.kill()
        if other is not None and under_way and (other[0] != 1 or 'another run is at work in' not in other[1]):
            return f'the other training ended with {other[0]}: {other[1][-300:]}'
        if 'Traceback' in said:
            return f'a stack trace: {said[-500:]}'
        resumed = self.start(kill.processes, work_dir, '--resume')
        try:
            status, said = resumed.end(PATIENCE)
        finally:
            resumed.kill()
        if status != 0:
            return f'resumed with status {status}: {said[-500:]}'
        return self.difference(kill.processes, work_dir)

    def difference(self, processes: int, work_dir: Path) -> str:
        """Say what differs from the undisturbed training, if anything does."""
        name = f'epoch_{EPOCHS[processes]}.pth'
        found, expected = load_checkpoint(work_dir / name), load_checkpoint(self.whole[processes] / name)
        for key, value in expected['state_dict'].items():
            if not torch.equal(found['state_dict'][key], value):
                return f'{key} differs'
        for key in LOSSES:
            logged, whole = (one['message_hub']['log_scalars'][key].data[0].tolist() for one in (found, expected))
            if logged != whole:
                return f'{key} has {len(logged)} entries instead of {len(whole)}, or other ones'
        students = [torch.load(folder / 'student.pth') for folder in (work_dir, self.whole[processes])]
        if not all(torch.equal(v, students[1]['state_dict'][k]) for k, v in students[0]['state_dict'].items()):
            return 'student.pth differs'
        return ''


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: If it does not in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f'not within {PATIENCE} s')
        time.sleep(0.05)


def main() -> None:
    """Kill, resume, compare; the exit status tells whether all was right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=30)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    generator = np.random.default_rng(args.seed)
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        trainings = Trainings(Path(folder))
        for number in range(args.runs):
            kill, share = KILLS[number % len(KILLS)], float(generator.uniform(0, 0.95))
            beside = number % 5 == 4  # another training in the same folder, one after the first checkpoint
            wrong = trainings.killed(kill, share, number, beside)
            right += not wrong
            moment = 'while another training is refused' if beside else f'after {share:.0%} of the time'
            print(
                f'{number + 1:2d}  {kill.name}, {kill.processes} process(es), {moment}: {wrong or "equal"}', flush=True
            )
    print(f'{right} of {args.runs} went on to the end of an undisturbed training, bit for bit')
    sys.exit(right < args.runs)


if __name__ == '__main__':
    main()
