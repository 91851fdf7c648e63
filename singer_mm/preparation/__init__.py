"""Prepare the downstream datasets and check the result; an import accesses no data."""

from .check import check_dataset
from .dataset_facts import DatasetFacts
from .official_dataset import OFFICIAL, OfficialDataset

DATASET_NAMES = tuple(OFFICIAL)

__all__ = ['DATASET_NAMES', 'OFFICIAL', 'DatasetFacts', 'OfficialDataset', 'check_dataset']
