import re
import subprocess

from singer_mm.utils.machine import git_commit


def test_names_the_commit_or_admits_not_to_know(monkeypatch):
    assert re.fullmatch(r'[0-9a-f]{40}(-dirty)?|unknown', git_commit())
    monkeypatch.setattr(subprocess, 'run', lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError('git')))
    assert git_commit() == 'unknown'
