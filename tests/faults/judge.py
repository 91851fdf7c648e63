"""Run inputs, one after another, and say how each ended."""

import resource
import signal
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.fault_case import FaultCase
from faults.outcome import Outcome

from singer_mm.errors import SingerError

MEMORY = 4 << 30
"""Bytes that inputs may ask for beyond what the process has: none of them is larger than some kilobytes."""


class TimeIsUpError(BaseException):
    """The time limit has passed; no ``except Exception`` on the way swallows it."""


@dataclass
class Verdict:
    """How the inputs of a kind ended.

    Attributes:
        counts: Number of inputs by outcome.
        faults: A line for each input that ended badly.
    """

    counts: Counter[Outcome] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def judge_kind(cases: Iterable[FaultCase], folder: Path) -> Verdict:
    """Run the inputs of a kind, each in an empty folder below ``folder``."""
    verdict = Verdict()
    with limited_memory():
        for number, case in enumerate(cases):
            place = folder / f'{number:03d}'
            place.mkdir(parents=True)
            outcome, detail = judge(case, place)
            verdict.counts[outcome] += 1
            if outcome.is_fault:
                verdict.faults.append(f'{outcome.value}: {case.name}: {detail}')
    return verdict


def judge(case: FaultCase, folder: Path) -> tuple[Outcome, str]:
    """Return how an input ended, and what was returned or said."""
    try:
        with time_limit(case.seconds), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            result = case.read(folder)
            if case.right is not None and case.right(result):
                return Outcome.RIGHT, ''
            return Outcome.SILENT, repr(result)[:200]
    except TimeIsUpError:
        return Outcome.HANG, f'more than {case.seconds} s'
    except SingerError as error:
        return judge_sentence(case, error.sentence)
    except (Exception, SystemExit) as error:  # whatever a library raises is what is looked for
        return Outcome.TRACE, f'{type(error).__name__}: {error}'[:300]


def judge_sentence(case: FaultCase, sentence: str) -> tuple[Outcome, str]:
    """Return whether a refusal is one."""
    missing = [name for name in case.named if name not in sentence]
    if not case.refusable or missing or '\n' in sentence or 'Traceback' in sentence or not 10 < len(sentence) < 2000:
        return Outcome.UNCLEAR, sentence
    return Outcome.SENTENCE, sentence


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """End what takes longer with :class:`TimeIsUpError`."""

    def ring(signum: int, frame: Any) -> None:
        raise TimeIsUpError

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def limited_memory() -> Iterator[None]:
    """Refuse more than :data:`MEMORY` bytes on top of what the process has, as a full machine would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path('/proc/self/statm').read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
