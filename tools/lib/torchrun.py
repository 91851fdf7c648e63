#!/usr/bin/env python
"""Run torchrun, with its own arguments, and exit with the status of its processes.

If a process fails or is interrupted, plain torchrun exits with status 1 and prints its own traceback below the message
of the process. SIGUSR1 ends it without stopping its processes.
"""

import os
import signal
import sys
import tempfile
from typing import Any

from singer_mm.utils.tool_start import start_tool

start_tool()

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import parse_args, run


def pass_on(number: int, frame: Any) -> None:
    """Make torchrun send a signal to its processes and wait for them, as for SIGTERM."""
    raise SignalException(f'process {os.getpid()} got signal {number}', signal.Signals(number))


def status_of(failure: ChildFailedError) -> int:
    """Return the exit status of the process that failed first; print a message if a signal ended it."""
    rank, first = failure.get_first_failure()
    if first.exitcode >= 0:
        return first.exitcode
    name = signal.Signals(-first.exitcode).name
    hint = '; SIGKILL often means that memory ran out' if name == 'SIGKILL' else ''
    print(f'error: process {rank} was ended by {name}{hint}.', file=sys.stderr)
    return 128 - first.exitcode


def hush_ended_timer(unraisable: 'sys.UnraisableHookArgs') -> None:
    """Ignore the harmless error of torchrun's timer, a thread of torch 2.11 that joins itself; report all others."""
    if 'cannot join current thread' not in str(unraisable.exc_value):
        sys.__unraisablehook__(unraisable)


def main() -> int:
    """Run the processes, and return the exit status."""
    sys.unraisablehook = hush_ended_timer
    os.environ['SINGER_LAUNCHER'] = str(os.getpid())
    signal.signal(signal.SIGUSR1, pass_on)
    with tempfile.TemporaryDirectory(prefix='singer-said-') as said:
        os.environ['SINGER_SAID'] = said
        try:
            run(parse_args(sys.argv[1:]))
        except SignalException as error:
            return 128 + error.sigval
        except ChildFailedError as error:
            return status_of(error)
    return 0


if __name__ == '__main__':
    sys.exit(main())
