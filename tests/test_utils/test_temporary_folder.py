import os
import subprocess
import sys

import pytest
from conftest import ROOT

pytestmark = pytest.mark.slow

TOOLS = sorted(path for path in (ROOT / 'tools').rglob('*.py') if path.parent.name != 'lib')


@pytest.mark.parametrize('tool', TOOLS, ids=lambda path: path.stem)
def test_without_room_for_a_temporary_file_every_tool_ends_in_a_sentence(tool, tmp_path):
    environment = {key: value for key, value in os.environ.items() if key not in ('TMPDIR', 'TEMP', 'TMP')}
    ended = subprocess.run(
        ['bash', '-c', 'ulimit -f 0; exec "$0" "$1" --help', sys.executable, tool],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == 1
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith('error: no temporary file can be written in [')
    assert 'TMPDIR' in sentence
