"""Prepare the downstream datasets and check the result; an import accesses no data."""

from .check import check_dataset
from .official_dataset import OFFICIAL

__all__ = ['OFFICIAL', 'check_dataset']
