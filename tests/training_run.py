"""A tool in processes of its own."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path


class Run:
    """A training in a session of its own, whatever happens to it."""

    def __init__(self, command, **environment):
        self.mark = f'MARK_OF_RUN={uuid.uuid4().hex}'
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=dict(
                os.environ,
                PYTHON=sys.executable,
                OMP_NUM_THREADS='1',
                **dict([self.mark.split('=')]),
                **environment,
            ),
        )

    def end(self, timeout=120):
        """Return the exit status and what it said."""
        try:
            stderr = self.process.communicate(timeout=timeout)[1]
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        return self.process.returncode, stderr

    def kill(self):
        for number in self.members():
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.communicate()

    def members(self):
        """Return its processes that are alive, to what they were started with; torchrun gives each its own session."""
        found = {}
        for path in Path('/proc').glob('[0-9]*/environ'):
            try:
                variables = path.read_bytes().decode(errors='replace').split('\0')  # a zombie's are empty
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if self.mark in variables:
                found[int(path.parent.name)] = variables
        return found
