import pytest

from singer_mm.errors import ConfigError, RunInterrupted
from singer_mm.utils.command_line import SAID, errors_as_sentences
from singer_mm.utils.tool_start import INTERRUPTED


@pytest.mark.parametrize(
    ('error', 'status', 'line'),
    [
        (ConfigError('the key a is 3.'), 1, 'error: the key a is 3.'),
        (RunInterrupted('interrupted by SIGTERM.', 143), 143, 'interrupted by SIGTERM.'),
        (RuntimeError('gloo: Connection closed by peer [127.0.0.1]:1'), 1, 'error: '),
        (FileNotFoundError(2, 'No such file', 'a.json'), 1, "error: [Errno 2] No such file: 'a.json'"),
        (OSError(28, 'No space left on device', 'log'), 1, 'error: log: No space left on device'),
        (NotADirectoryError(20, 'Not a directory', 'file/log'), 1, 'error: file/log: Not a directory'),
        (PermissionError(13, 'Permission denied', 'log'), 1, 'error: log: Permission denied'),
        (OSError(28, 'No space left on device'), 1, 'error: a file: No space left on device'),
        (KeyboardInterrupt(), 130, INTERRUPTED),
    ],
)
def test_statuses_and_sentences(monkeypatch, capsys, error, status, line):
    monkeypatch.delenv(SAID, raising=False)
    with pytest.raises(SystemExit) as caught, errors_as_sentences():
        raise error
    if status == 1:
        assert str(caught.value.code).startswith(line)
    else:
        assert caught.value.code == status
        assert capsys.readouterr().err.startswith(line)


def test_other_errors_keep_their_traceback():
    with pytest.raises(RuntimeError, match='a bug'), errors_as_sentences():
        raise RuntimeError('a bug')
    with pytest.raises(OSError, match='resolve'), errors_as_sentences():
        raise OSError('could not resolve a host')


def test_several_processes_say_the_same_once(monkeypatch, tmp_path):
    monkeypatch.setenv(SAID, str(tmp_path))
    said = []
    for message in ('one.', 'one.', 'two.'):
        with pytest.raises(SystemExit) as caught, errors_as_sentences():
            raise ConfigError(message)
        said.append(caught.value.code)
    assert said == ['error: one.', 1, 'error: two.']
