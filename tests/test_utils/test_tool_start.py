import os
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

TOOLS = sorted(path for path in (ROOT / 'tools').rglob('*.py') if path.parent.name != 'lib')


@pytest.mark.slow
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
    assert sentence.startswith('error: ')
    assert str(tmp_path) in sentence
    assert 'TMPDIR' in sentence


@pytest.mark.parametrize(
    ('error', 'status', 'said'), [('KeyboardInterrupt', -signal.SIGINT, 1), ('ImportError("x")', 1, 4)]
)
def test_an_interrupted_import_is_a_sentence_and_other_errors_keep_their_trace(tmp_path, error, status, said):
    (tmp_path / 'slow_library.py').write_text(f'raise {error}\n')
    program = 'from singer_mm.utils.tool_start import start_tool; start_tool(); import slow_library'
    ended = subprocess.run(
        [sys.executable, '-c', program],
        env={**os.environ, 'PYTHONPATH': f'{tmp_path}:{ROOT}'},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ended.returncode == status
    assert len(ended.stderr.splitlines()) >= said
    assert ('Traceback' in ended.stderr) == (said > 1)
