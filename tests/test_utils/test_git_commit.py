import re
import subprocess

from singer_mm.utils import git_commit as module
from singer_mm.utils.git_commit import git_commit


def test_names_the_commit_or_admits_not_to_know(monkeypatch):
    assert re.fullmatch(r'[0-9a-f]{40}(-dirty)?|unknown', git_commit())
    monkeypatch.setattr(subprocess, 'run', lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError('git')))
    assert module.git_commit() == 'unknown'
