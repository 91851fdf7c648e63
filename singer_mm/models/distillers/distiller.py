"""A frozen teacher and a student that get the same images."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice
from singer_mm.models.backbones import TimmViT, TokenBackbone
from singer_mm.models.backbones.weight_selection import check_selection, select_weights
from singer_mm.models.data_preprocessors.input_statistics import Statistics, input_statistics, renormalize
from singer_mm.registry import build_model

TEACHER_DTYPES = (None, 'bfloat16')


class Distiller(BaseModel, ABC):
    """The base class of all methods: the networks, their inputs, and the teacher's precision.

    The teacher is no submodule: it moves with the distiller (``to``, ``double``), but optimizer, checkpoints and
    DDP never see it. A deep copy (MMEngine's EMAHook makes one) shares the teacher and does not move or convert it.
    Each network gets images normalised by its own statistics. If ``data_preprocessor`` is given, both get its output.
    Either way, ``normalization`` of each network describes its input, and an exported student contains it.

    Args:
        teacher: Config of a :class:`TokenBackbone`, or one.
        student: Config of a :class:`TokenBackbone`; or a built one that belongs to another model (the backbone of its
            task), which is then no submodule of the distiller.
        student_img_size: Size (height, width) to which images are resized for the student; default: not resized.
        teacher_dtype: ``bfloat16`` stores the teacher's matrix weights in bfloat16 and always runs it under autocast.
            Inside a bfloat16 run this is bit-identical to float32 storage, which autocast rounds in every step.
        data_preprocessor: Config of the data preprocessor; default: one that normalises for the teacher.
        student_from_teacher: Start the student from a selection of its teacher's weights (:func:`select_weights`), and
            give it images with the teacher's statistics.

    Raises:
        ConfigError: If a network is no :class:`TokenBackbone`, a choice is unknown, ``data_preprocessor`` has other
            statistics than the file of a network, or the student cannot start from this teacher.
    """

    def __init__(
        self,
        teacher: dict[str, Any] | TokenBackbone,
        student: dict[str, Any] | TokenBackbone,
        student_img_size: Sequence[int] | None = None,
        teacher_dtype: str | None = None,
        data_preprocessor: dict[str, Any] | None = None,
        student_from_teacher: bool = False,
    ) -> None:
        check_choice('teacher_dtype', teacher_dtype, TEACHER_DTYPES)
        frozen_teacher = _token_backbone('teacher', teacher).freeze()
        mean, std = frozen_teacher.normalization
        super().__init__(
            data_preprocessor
            or dict(type='ImgDataPreprocessor', mean=[255 * v for v in mean], std=[255 * v for v in std])
        )
        # Not registered as a submodule: the distiller has no parameters, state or train mode of the teacher.
        self.__dict__['teacher'] = frozen_teacher
        self._shares_teacher = False
        self.teacher_dtype = teacher_dtype
        self.borrows_student = isinstance(student, TokenBackbone)
        if self.borrows_student:
            self.__dict__['student'] = student
        else:
            self.student: TokenBackbone = _token_backbone('student', student)
        self.student_from_teacher = student_from_teacher
        if student_from_teacher:
            self._check_start_from_teacher()
            # The selected patch embedding is made for them. Not in `init_weights`: EMAHook copies the student before.
            self.student.use_normalization(*frozen_teacher.normalization)
        self.student_img_size = None if student_img_size is None else tuple(student_img_size)
        self._input_statistics: Statistics = frozen_teacher.normalization
        if data_preprocessor is not None:
            self._input_statistics = input_statistics(self.data_preprocessor)
            self.teacher.use_normalization(*self._input_statistics)
            self.student.use_normalization(*self._input_statistics)

    def _check_start_from_teacher(self) -> None:
        if self.borrows_student:
            raise ConfigError(
                'student_from_teacher=True, but the student is the backbone of another model, which determines its '
                'weights; remove student_from_teacher.'
            )
        check_selection(self.teacher, self.student)

    def use_inputs_normalized_by(self, statistics: Statistics) -> None:
        """Expect inputs with other statistics than the teacher's, for images in [0, 1].

        A borrowed student gets them unchanged, as in its task.
        """
        if self.borrows_student:
            self.student.use_normalization(*statistics)
        self._input_statistics = statistics

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Distiller:
        super()._apply(fn, recurse)
        if not self._shares_teacher:
            self.teacher._apply(fn, recurse)
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Distiller:
        """Copy everything except the teacher, which is frozen and may be much larger than the rest."""
        memo[id(self.teacher)] = self.teacher
        twin: Distiller = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        twin._shares_teacher = True
        return twin

    def init_weights(self) -> None:
        """Start the student from its teacher, if it is to, then store the teacher's weights in ``teacher_dtype``.

        All other weights are already loaded or initialised. The Runner calls this before it loads or resumes. The
        student comes first, since it needs the teacher's full precision.
        """
        if self.student_from_teacher:
            assert isinstance(self.teacher, TimmViT) and isinstance(self.student, TimmViT)  # checked before
            select_weights(self.teacher, self.student)
        self.store_teacher_weights()

    def store_teacher_weights(self) -> None:
        """Store the teacher's matrix weights in ``teacher_dtype``; norms, embeddings and LayerScale stay as they are.

        Autocast would round exactly these weights, so outputs under autocast do not change.
        """
        if self.teacher_dtype is None:
            return
        for module in self.teacher.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d)):
                module.to(getattr(torch, self.teacher_dtype))

    def teacher_precision(self) -> AbstractContextManager[Any]:
        """Return the context in which the teacher's blocks run."""
        if self.teacher_dtype is None:
            return nullcontext()
        device = next(self.teacher.parameters()).device
        return torch.autocast(device.type, dtype=getattr(torch, self.teacher_dtype))

    def teacher_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised for the teacher."""
        return renormalize(inputs, self._input_statistics, self.teacher.normalization)

    def student_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised for the student and resized to ``student_img_size``."""
        images = inputs
        if not self.borrows_student:
            images = renormalize(inputs, self._input_statistics, self.student.normalization)
        if self.student_img_size in (None, tuple(images.shape[-2:])):
            return images
        return F.interpolate(images, size=self.student_img_size, mode='bicubic', antialias=True)

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'loss') -> dict[str, Tensor]:
        """Return the weighted losses of a batch.

        Args:
            inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
            data_samples: Not used: distillation needs no labels.
            mode: ``loss``; MMEngine's other modes do not exist here.

        Raises:
            ConfigError: If ``mode`` is another, or the input size does not fit the networks.
        """
        if mode != 'loss':
            raise ConfigError(f"mode is {mode!r}; a distiller only has mode='loss'; evaluate the exported student.")
        return self.losses(inputs)

    @abstractmethod
    def losses(self, inputs: Tensor) -> dict[str, Tensor]:
        """Return the weighted losses, by name, of ``inputs`` ``(B, 3, H, W)``."""


def _token_backbone(key: str, network: dict[str, Any] | TokenBackbone) -> TokenBackbone:
    built = network if isinstance(network, TokenBackbone) else build_model(network)
    if not isinstance(built, TokenBackbone):
        raise ConfigError(
            f'{key} is a {type(built).__name__}, which has no patch tokens; allowed: a TokenBackbone such as TimmViT '
            '(docs/add_a_backbone.md).'
        )
    return built
