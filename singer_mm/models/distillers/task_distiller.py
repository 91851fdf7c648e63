"""Train on a task and on a teacher's features at the same time."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.config import ConfigDict
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.data_preprocessors.input_statistics import input_statistics
from singer_mm.registry import MODELS, build_model
from singer_mm.utils.library_scope import LIBRARIES, find_model_class, library_scope

from .feature_distiller import FeatureDistiller

GIVEN_BY_THE_TASK = ('student', 'student_img_size', 'data_preprocessor')


@MODELS.register_module()
class TaskDistiller(BaseModel):
    """A classifier, segmentor or detector that learns its labels, and whose backbone learns from a teacher.

    The task model runs once. The distiller reads the tokens of its backbone, the student, during this pass, and its
    losses are added to those of the task. Checkpoints hold the task model under ``task_model.``, projectors and
    refiners under ``distiller.``, and no teacher. Prediction uses only the task model.

    Student parameters that neither task nor distiller reads (blocks beyond the last one of both, a final norm that is
    not applied) are frozen (:meth:`TokenBackbone.train_up_to`), so that every trainable parameter gets a gradient.

    Args:
        task_model: Config of a model of mmpretrain, mmseg or mmdet whose ``backbone`` is a :class:`TokenBackbone`.
            Its parts are looked up in its own library, whatever the default scope is.
        distiller: Config of a :class:`FeatureDistiller` without ``student``; names are those of ``singer_mm``.

    Raises:
        ConfigError: If the model's backbone cannot be a student, the distiller reads no student tokens, or the config
            contains a key that the task determines.
    """

    task_model: Any  # the libraries' classes share no typed interface

    def __init__(self, task_model: dict[str, Any], distiller: dict[str, Any]) -> None:
        _check_distiller(distiller)
        model = _build_task_model(task_model)
        super().__init__(data_preprocessor=model.data_preprocessor)
        self.task_model = model
        _check_student(getattr(model, 'backbone', None))
        self.distiller: FeatureDistiller = build_model({**distiller, 'student': self.student})
        self.distiller.use_inputs_normalized_by(input_statistics(model.data_preprocessor))
        self.student.train_up_to(
            max(*self.student.read_layers(), *self.distiller.student_layers), self.student.final_norm
        )

    @property
    def student(self) -> TokenBackbone:
        """The task model's backbone."""
        student: TokenBackbone = self.task_model.backbone
        return student

    @property
    def teacher(self) -> TokenBackbone:
        """The distiller's teacher."""
        return self.distiller.teacher

    @property
    def refiners(self) -> nn.ModuleDict:
        """The distiller's refiners, by teacher layer."""
        return self.distiller.refiners

    @contextmanager
    def statistics_of(self, parts: Iterable[dict[str, Any]]) -> Iterator[None]:
        """See :meth:`FeatureDistiller.statistics_of`; it uses the task's data preprocessor."""
        with self.distiller.statistics_of(parts, self.data_preprocessor):
            yield

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'tensor') -> Any:
        """Return the losses of task and distiller, or in modes other than ``loss`` the result of the task model.

        Args:
            inputs: ``(B, 3, H, W)``, as the task model's data preprocessor yields them.
            data_samples: Those of the library, with labels.
            mode: ``loss``, ``predict`` or ``tensor``.

        Raises:
            ConfigError: If the images do not consist of whole patches of both networks, or two losses share a name.
        """
        if mode != 'loss':
            return self.task_model(inputs, data_samples, mode=mode)
        self._check_whole_patches(inputs)
        with self.student.tapped(self.distiller.student_layers) as tokens:
            of_task = self.task_model(inputs, data_samples, mode='loss')
        features = self.distiller.extract(inputs, tokens)
        with torch.autocast(inputs.device.type, enabled=False):
            of_distiller = self.distiller.loss(features)
        # MMEngine logs the sum as `loss`; mmpretrain's classifiers use the same name.
        of_task = {'loss_task' if name == 'loss' else name: value for name, value in of_task.items()}
        shared = sorted(of_task.keys() & of_distiller.keys())
        if shared:
            raise ConfigError(
                f'task_model and distiller both return {", ".join(shared)}; give the loss of the task model another '
                'name (its loss_name, where it has one).'
            )
        return {**of_task, **of_distiller}

    def _check_whole_patches(self, inputs: Tensor) -> None:
        divisor = math.lcm(self.student.patch_size, self.teacher.patch_size)
        height, width = inputs.shape[-2:]
        if height % divisor or width % divisor:
            raise ConfigError(
                f'the data preprocessor yields images of {height}x{width}, which do not divide into whole patches of '
                f'{self.student.describe()} and {self.teacher.describe()}; choose multiples of {divisor}, or let '
                f'task_model.data_preprocessor pad to them (mmdet: pad_size_divisor={divisor}, mmseg: '
                f'size_divisor={divisor}, or patch_size={divisor} of PatchSegDataPreProcessor).'
            )


def _check_distiller(cfg: dict[str, Any]) -> None:
    name = cfg.get('type', '')
    found = find_model_class(name, 'singer_mm') if name else None
    if found is None or not issubclass(found, FeatureDistiller):
        allowed = [
            key
            for key, value in MODELS.module_dict.items()
            if isinstance(value, type) and issubclass(value, FeatureDistiller)
        ]
        raise ConfigError(
            f'distiller.type is {name!r}; allowed beside a task (they read tokens): {", ".join(sorted(allowed))}.'
        )
    for key in GIVEN_BY_THE_TASK:
        if key in cfg:
            raise ConfigError(f'distiller.{key} follows from the task model of a TaskDistiller; remove it.')


def _build_task_model(cfg: dict[str, Any]) -> Any:
    name = cfg.get('type', '')
    found = find_model_class(name) if name else None
    if found is None:
        raise ConfigError(
            f'task_model.type is {name!r}, which no registry knows; give a model with its library in front, as '
            f'mmseg.EncoderDecoder (of {", ".join(LIBRARIES)}).'
        )
    with DefaultScope.overwrite_default_scope(library_scope(found)):
        return MODELS.build(ConfigDict(cfg))  # mmdet reads parts of its config as attributes


def _check_student(backbone: Any) -> None:
    if not isinstance(backbone, TokenBackbone):
        raise ConfigError(
            f'task_model.backbone is a {type(backbone).__name__}, which has no patch tokens to distil into; allowed: a '
            'TokenBackbone such as singer_mm.TimmViT.'
        )
    if backbone.frozen:
        raise ConfigError('task_model.backbone is frozen and could not learn anything; set frozen=False.')
