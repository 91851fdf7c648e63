import subprocess
import sys

import pytest
from conftest import ROOT

PROGRAM = """
import sys, threading, weakref
sys.path.insert(0, sys.argv[1])
from torchrun import hush_ended_timer
sys.unraisablehook = hush_ended_timer

class Timer:
    pass

def end():
    threading.current_thread().join()

def fail():
    raise RuntimeError('another trouble')

timer = Timer()
weakref.finalize(timer, end if sys.argv[2] == 'timer' else fail)
del timer
"""


@pytest.mark.slow
@pytest.mark.parametrize(('trouble', 'silent'), [('timer', True), ('other', False)])
def test_a_timer_that_joins_itself_is_no_error_and_other_troubles_are_told(trouble, silent):
    ended = subprocess.run(
        [sys.executable, '-c', PROGRAM, ROOT / 'tools/lib', trouble], capture_output=True, text=True, timeout=100
    )
    assert ended.returncode == 0
    assert (ended.stderr == '') == silent
