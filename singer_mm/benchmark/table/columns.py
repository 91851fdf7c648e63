"""The columns of the headline table and how a job's metrics fill them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

TOP1 = ('accuracy/top1', 'knn/top1_k20', 'knn/top1_k10')  # of kNN: k = 20, the one that DINO quotes, or the next


@dataclass(frozen=True)
class Column:
    """One number of the headline table.

    Attributes:
        name: Header.
        unit: Metric and unit, the second line of the header.
        parts: Task to the keys of its metric, the first that exists counts; the column is the mean over the tasks.
        factor: What a metric is multiplied by.
        decimals: Digits that are printed.
        lower_is_better: Whether small is good.
    """

    name: str
    unit: str
    parts: Mapping[str, tuple[str, ...]]
    factor: float = 1.0
    decimals: int = 2
    lower_is_better: bool = False

    @property
    def arrow(self) -> str:
        """Which way is better."""
        return '↓' if self.lower_is_better else '↑'

    def measure(self, task: str, metrics: Mapping[str, Any]) -> float | None:
        """Return the number of one task in the column's unit; None if there is none."""
        value = next((metrics[key] for key in self.parts[task] if key in metrics), None)
        # pycocotools gives -1 if the test set has no such objects.
        return self.factor * value if is_number(value) and value >= 0 else None


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a metric is a finite number; mmdetection stores -1 for a size of objects that does not occur."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value != -1


# DS and FG are unweighted means, as the caption of the paper's Table 1 has it.
COLUMNS = (
    Column('IN-val', 'top-1, %', {'imagenet1k': TOP1}),
    Column('ADE20K', 'mIoU, %', {'ade20k': ('mIoU',)}),
    Column('NYUd', 'RMSE, m', {'nyud': ('rmse',)}, decimals=4, lower_is_better=True),
    Column('iNat2019', 'top-1, %', {'inat2019': TOP1}),
    Column('DS', 'top-1, %', {'imagenet_r': ('imagenet_r/top1',), 'imagenet_v2': TOP1}),
    Column('FG', 'top-1, %', {task: TOP1 for task in ('aircraft', 'pets', 'food101', 'flowers102')}),
    Column('COCO box', 'AP, %', {'coco': ('coco/bbox_mAP',)}, factor=100),
    Column('COCO mask', 'AP, %', {'coco': ('coco/segm_mAP',)}, factor=100),
)
