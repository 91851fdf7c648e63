"""What the table consists of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from singer_mm.errors import ConfigError


@dataclass(frozen=True)
class Task:
    """One dataset and the number that stands for it.

    Attributes:
        name: Folder below ``configs/downstream``.
        title: For people.
        metric: Key of the headline number among the metrics of a test.
        higher_is_better: Its direction.
        head_of: Task whose trained head is evaluated, if nothing is trained here.
        weight: What it costs beside a classification task, for the estimate of the remaining time.
        factor: What the metric is multiplied by for people: COCO's are fractions.
        library: The library of its models.
    """

    name: str
    title: str
    metric: str
    higher_is_better: bool = True
    head_of: str | None = None
    weight: float = 1.0
    factor: float = 1.0
    library: str = 'mmpretrain'

    @property
    def dataset(self) -> str:
        """Name of the dataset among those of :func:`check_dataset`."""
        return 'imagenet' if self.name == 'imagenet1k' else self.name

    def headline(self, metrics: Mapping[str, float]) -> float | None:
        """Return the number that stands for the task: percent, or metres; None if the test did not give it."""
        value = metrics.get(self.metric)
        return None if value is None else self.factor * value


TOP1 = 'accuracy/top1'
_ALL = (
    Task('imagenet1k', 'ImageNet-1K', TOP1),
    Task('imagenet_r', 'ImageNet-R', 'imagenet_r/top1', head_of='imagenet1k', weight=0.5),
    Task('imagenet_v2', 'ImageNet-v2', TOP1, head_of='imagenet1k', weight=0.5),
    Task('ade20k', 'ADE20K', 'mIoU', weight=4.0, library='mmseg'),
    Task('nyud', 'NYUd-v2', 'rmse', higher_is_better=False, weight=4.0, library='mmseg'),
    Task('inat2019', 'iNat2019', TOP1),
    Task('aircraft', 'FGVC-Aircraft', TOP1),
    Task('pets', 'Oxford-IIIT Pet', TOP1),
    Task('food101', 'Food-101', TOP1),
    Task('flowers102', 'Flowers-102', TOP1),
    Task('coco', 'COCO', 'coco/bbox_mAP', weight=6.0, factor=100, library='mmdet'),
)
TASKS = {task.name: task for task in _ALL}


def title_of(task: str) -> str:
    """Return the title of a task by its name; an unknown name, as in an old result, stands for itself."""
    return TASKS[task].title if task in TASKS else task


_DETECTION = {'coco': 'frozen_maskrcnn'}
_WITHOUT_KNN = ('imagenet_r', 'imagenet_v2', 'ade20k', 'nyud', 'inat2019', 'coco')
_STANDARD = {**dict.fromkeys(TASKS, 'linear_standard'), **_DETECTION}
PROTOCOLS: dict[str, dict[str, str]] = {
    'released': {name: 'linear_released' for name in TASKS if name != 'coco'},
    'paper': {**dict.fromkeys(TASKS, 'linear_paper'), **_DETECTION},
    # Where publications agree, or one sweep covers them; those of NYUd-v2 do not.
    'standard': {task: config for task, config in _STANDARD.items() if task != 'nyud'},
    'standard_dinov2': {**_STANDARD, 'nyud': 'linear_standard_dinov2'},
    'standard_dinov3': {**_STANDARD, 'nyud': 'linear_standard_dinov3'},
    'knn': {name: 'knn' for name in TASKS if name not in _WITHOUT_KNN},
    'finetune': {**dict.fromkeys(TASKS, 'finetune'), 'coco': 'finetune_maskrcnn'},
}
"""Name of a protocol to the config of each task in it."""


def select_tasks(names: Sequence[str], protocol: str) -> list[Task]:
    """Return the tasks of a selection in the order of the table, with those whose heads they need.

    Args:
        names: Names of tasks, or ``all``.
        protocol: Name of a protocol.

    Raises:
        ConfigError: If a name is unknown, or the protocol has no such task.
    """
    if protocol not in PROTOCOLS:
        raise ConfigError(f'protocol {protocol!r} is unknown; allowed: {", ".join(PROTOCOLS)}.')
    allowed = PROTOCOLS[protocol]
    wanted = list(allowed) if 'all' in names else list(names)
    for name in names:
        if name not in allowed and name != 'all':
            others = [other for other, tasks in PROTOCOLS.items() if name in tasks]
            remedy = f'; take protocol {" or ".join(others)}' if others else ''
            raise ConfigError(
                f'task {name!r} does not exist in protocol {protocol!r}{remedy}; allowed: all, {", ".join(allowed)}.'
            )
    needed = {TASKS[name].head_of for name in wanted}
    return [task for task in _ALL if task.name in wanted or task.name in needed]
