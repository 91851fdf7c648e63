import platform

import numpy as np
import pytest
import torch

from singer_mm.analysis.run_page.run_summary import summarize_correlations, summarize_losses
from singer_mm.utils.machine import describe_machine


def test_losses_first_last_and_last_tenth():
    values = np.concatenate([np.linspace(5, 1, 18), [2.0, 4.0]])
    assert summarize_losses({'loss': values}) == {'loss': {'first': 5.0, 'last': 4.0, 'mean_of_last_tenth': 3.0}}
    assert summarize_losses({'loss': np.array([7.0])})['loss']['mean_of_last_tenth'] == 7.0


def test_correlations_are_with_the_teacher_and_averaged_over_photographs():
    teacher = torch.randn(2, 9, 4, generator=torch.Generator().manual_seed(0))
    student = torch.randn(2, 9, 3, generator=torch.Generator().manual_seed(1))
    table = summarize_correlations({'teacher': teacher, 'same': 2 * teacher, 'student': student}, ['a.png', 'b.png'])
    assert list(table) == ['same', 'student']
    assert table['same'] == pytest.approx({'mean': 1.0, 'a.png': 1.0, 'b.png': 1.0})
    row = table['student']
    assert row['mean'] == pytest.approx((row['a.png'] + row['b.png']) / 2)
    assert abs(row['mean']) < 0.6


def test_machine_is_described_without_its_name():
    assert platform.node() not in describe_machine()
    assert 'cores' in describe_machine() or torch.cuda.is_available()
