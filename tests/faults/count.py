#!/usr/bin/env python
"""Feed every input of tests/faults/kinds: ``python tests/faults/count.py`` prints the table of what_we_test_for.md."""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests')]

from faults.judge import judge_kind  # noqa: E402
from faults.kinds import KINDS  # noqa: E402
from faults.outcome import Outcome  # noqa: E402


def main() -> None:
    """Run the kinds, print a line for each, and every fault; the exit status tells whether there was one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('kinds', nargs='*', choices=[*KINDS, []], help='(default: all)')
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # what a reader warns of
    total: Counter[Outcome] = Counter()
    faults: list[str] = []
    start = time.monotonic()
    print('| kind of input | inputs | ' + ' | '.join(outcome.value for outcome in Outcome) + ' |')
    print('| --- |' + ' ---: |' * (len(Outcome) + 1))
    for kind in args.kinds or KINDS:
        with tempfile.TemporaryDirectory() as folder:
            verdict = judge_kind(KINDS[kind](Path(folder)), Path(folder, 'inputs'))
        total += verdict.counts
        faults += [f'{kind}: {fault}' for fault in verdict.faults]
        print(row(kind, verdict.counts), flush=True)
    print(row('all', total))
    print(f'{time.monotonic() - start:.0f} s')
    sys.exit('\n'.join(faults))


def row(kind: str, counts: Counter[Outcome]) -> str:
    """Return a line of the table."""
    return f'| {kind} | {counts.total()} | ' + ' | '.join(str(counts[outcome]) for outcome in Outcome) + ' |'


if __name__ == '__main__':
    main()
