"""Two networks that see the same images: a frozen teacher, and a student."""

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
from singer_mm.models.backbones import TokenBackbone
from singer_mm.models.data_preprocessors.input_statistics import Statistics, input_statistics
from singer_mm.registry import build_model

from .renormalization import Renormalization

TEACHER_DTYPES = (None, 'bfloat16')


class Distiller(BaseModel, ABC):
    """What every method shares: the networks, their inputs, and the teacher's precision.

    The teacher is no submodule: it moves with the distiller (``to``, ``double``), but optimizer, checkpoints and
    DDP never see it. A deep copy, as MMEngine's EMAHook makes one for the average, shares it, and leaves it as it is
    when the copy is moved or converted. Each network gets images normalised by its own statistics, unless
    ``data_preprocessor`` is given: then both get what it yields. Either way ``normalization`` of each network is what
    it gets, and an exported student tells what it was trained on.

    Args:
        teacher: Config of a :class:`TokenBackbone`, or one.
        student: Config of a :class:`TokenBackbone`; or one that belongs to another model, as its task's backbone: then
            it is no submodule.
        student_img_size: Size (height, width) to which images are resized for the student; default: as they come.
        teacher_dtype: ``bfloat16`` stores the teacher's matrix weights in bfloat16 and always runs it under autocast.
            Inside a bfloat16 run this is bit-identical to float32 storage, which autocast rounds anew in every step.
        data_preprocessor: Config of the data preprocessor; normalises for the teacher if left out.

    Raises:
        ConfigError: If a network is no :class:`TokenBackbone`, a choice is unknown, or ``data_preprocessor`` has other
            statistics than those that the file of a network tells.
    """

    def __init__(
        self,
        teacher: dict[str, Any] | TokenBackbone,
        student: dict[str, Any] | TokenBackbone,
        student_img_size: Sequence[int] | None = None,
        teacher_dtype: str | None = None,
        data_preprocessor: dict[str, Any] | None = None,
    ) -> None:
        if teacher_dtype not in TEACHER_DTYPES:
            raise ConfigError(f'teacher_dtype is {teacher_dtype!r}; allowed: None, "bfloat16".')
        frozen_teacher = _token_backbone('teacher', teacher).freeze()
        mean, std = frozen_teacher.normalization
        super().__init__(
            data_preprocessor
            or dict(type='ImgDataPreprocessor', mean=[255 * v for v in mean], std=[255 * v for v in std])
        )
        # Past nn.Module's registration: no parameters, no state, no train mode from here.
        self.__dict__['teacher'] = frozen_teacher
        self._shares_teacher = False
        self.teacher_dtype = teacher_dtype
        self.borrows_student = isinstance(student, TokenBackbone)
        if self.borrows_student:
            self.__dict__['student'] = student
        else:
            self.student: TokenBackbone = _token_backbone('student', student)
        self.student_img_size = None if student_img_size is None else tuple(student_img_size)
        self._for_teacher: Renormalization | None = None
        self._for_student: Renormalization | None = None
        if data_preprocessor is None:
            self._renormalize_from(frozen_teacher.normalization)
        else:
            statistics = input_statistics(self.data_preprocessor)
            self.teacher.use_normalization(*statistics)
            self.student.use_normalization(*statistics)

    def use_inputs_normalized_by(self, statistics: Statistics) -> None:
        """Expect inputs with other statistics than the teacher's, for images in [0, 1].

        A borrowed student gets them as they are, since its task does.
        """
        if self.borrows_student:
            self.student.use_normalization(*statistics)
        self._renormalize_from(statistics)

    def _renormalize_from(self, statistics: Statistics) -> None:
        self._for_teacher = Renormalization(statistics, self.teacher.normalization)
        if not self.borrows_student:
            self._for_student = Renormalization(statistics, self.student.normalization)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Distiller:
        super()._apply(fn, recurse)
        if not self._shares_teacher:
            self.teacher._apply(fn, recurse)
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Distiller:
        """Copy all but the teacher, which is frozen and may be far larger than everything else."""
        memo[id(self.teacher)] = self.teacher
        twin: Distiller = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        twin._shares_teacher = True
        return twin

    def init_weights(self) -> None:
        """Store the teacher's weights as ``teacher_dtype`` says; all others are already loaded or drawn.

        The Runner calls this before it loads or resumes.
        """
        self.store_teacher_weights()

    def store_teacher_weights(self) -> None:
        """Store the teacher's matrix weights in ``teacher_dtype``; norms, embeddings and LayerScale stay as they are.

        Only what autocast would round in any case is rounded, so that outputs under autocast do not change.
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
        return inputs if self._for_teacher is None else self._for_teacher(inputs)

    def student_inputs(self, inputs: Tensor) -> Tensor:
        """Return ``inputs`` ``(B, 3, H, W)`` normalised, and resized where asked for, for the student."""
        images = inputs if self._for_student is None else self._for_student(inputs)
        if self.student_img_size in (None, tuple(images.shape[-2:])):
            return images
        return F.interpolate(images, size=self.student_img_size, mode='bicubic', antialias=True)

    def forward(self, inputs: Tensor, data_samples: Any = None, mode: str = 'loss') -> dict[str, Tensor]:
        """Return the weighted losses of a batch.

        Args:
            inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
            data_samples: Not used: distillation needs no labels.
            mode: ``loss``; MMEngine's other modes mean nothing here.

        Raises:
            ConfigError: If ``mode`` is another, or the input size does not fit the networks.
        """
        if mode != 'loss':
            raise ConfigError(f"mode is {mode!r}; a distiller only has mode='loss', evaluate the exported student.")
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
