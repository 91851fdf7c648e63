import shlex
import sys

import pytest

from singer_mm.utils.launcher import COMMAND, SEPARATOR, resume_command


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ('tools/dist_train.sh c.py 2', 'tools/dist_train.sh c.py 2 --resume'),
        ('python train.py c.py --resume', 'python train.py c.py --resume'),
        ('python train.py c.py --resume old.pth --amp', 'python train.py c.py --amp --resume'),
        ('python train.py c.py --res=old.pth', 'python train.py c.py --resume'),
        ("python train.py 'a b.py' --work-dir 'é'", "python train.py 'a b.py' --work-dir 'é' --resume"),
        ('PORT=1 GPUS=2 x.sh part job c.py --resume auto', 'PORT=1 GPUS=2 x.sh part job c.py --resume'),
    ],
)
def test_the_command_that_resumes(monkeypatch, before, after):
    monkeypatch.setenv(COMMAND, SEPARATOR.join(shlex.split(before)))
    assert resume_command() == after


def test_without_our_scripts_it_is_that_of_the_process(monkeypatch):
    monkeypatch.delenv(COMMAND, raising=False)
    monkeypatch.delenv('TORCHELASTIC_RUN_ID', raising=False)
    monkeypatch.setattr(sys, 'orig_argv', ['python', 'tools/train.py', 'c.py'])
    assert resume_command() == 'python tools/train.py c.py --resume'
