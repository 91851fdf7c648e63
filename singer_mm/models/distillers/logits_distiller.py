"""Distillation of class logits, for teachers that have a classifier."""

from typing import Any

import timm
import torch
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice
from singer_mm.models.backbones import TimmViT
from singer_mm.registry import MODELS, build_model

from .distiller import Distiller

TOKENS = ('cls', 'distillation')


@MODELS.register_module()
class LogitsDistiller(Distiller):
    """Teach a student's classifier the logits of the teacher's, without labels.

    The loss is soft or hard, see ``loss_logits``. It trains the student's usual classifier, or the classifier of its
    distillation token (DeiT, arXiv 2012.12877: timm's ``deit_*_distilled`` models). A distilled *teacher* gives the
    mean of its two logits, as in testing.

    Hinton et al. and DeiT add a loss for true labels, DeiT on the CLS token. It is left out here, so that all methods
    use the same data; the student's other classifier, if there is one, is frozen, since no loss trains it.

    Args:
        teacher: Config of a :class:`TimmViT` whose weights include a classifier of ``num_classes`` classes.
        student: Config of a :class:`TimmViT`; it gets a classifier of ``num_classes`` classes.
        num_classes: Number of classes of both.
        token: The student's classifier to train: ``cls`` or ``distillation``.
        loss_logits: Config of the loss.
        **kwargs: Those of :class:`Distiller`.

    Raises:
        ConfigError: If the teacher's weights have no such classifier, a network is no :class:`TimmViT`, or the student
            has no such token.
    """

    def __init__(
        self,
        teacher: dict[str, Any],
        student: dict[str, Any],
        num_classes: int = 1000,
        token: str = 'cls',
        loss_logits: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        check_choice('LogitsDistiller: token', token, TOKENS)
        _check_teacher_has_classifier(teacher, num_classes)
        super().__init__({'num_classes': num_classes, **teacher}, {**student, 'num_classes': num_classes}, **kwargs)
        if _timm_vit('teacher', self.teacher).vit.num_classes != num_classes:
            raise ConfigError(
                f'LogitsDistiller: teacher.num_classes is {teacher["num_classes"]}, but num_classes is {num_classes}; '
                'both networks need the same classes.'
            )
        self.token = token
        self.student.train_all()
        self.loss_logits: nn.Module = build_model(loss_logits or dict(type='LogitsLoss'))
        self._freeze_other_classifier()

    def _freeze_other_classifier(self) -> None:
        vit = _timm_vit('student', self.student).vit
        classifiers = {'cls': vit.head, 'distillation': getattr(vit, 'head_dist', None)}
        if classifiers[self.token] is None:
            raise ConfigError(
                f"LogitsDistiller: token='distillation', but {self.student.describe()} has no such token; choose one "
                f'of {", ".join(timm.list_models("deit_*_distilled_*"))}.'
            )
        for token, classifier in classifiers.items():
            if token != self.token and classifier is not None:
                classifier.requires_grad_(False)

    def losses(self, inputs: Tensor) -> dict[str, Tensor]:
        """Return ``loss_logits`` of ``inputs`` ``(B, 3, H, W)``."""
        teacher = _timm_vit('teacher', self.teacher)
        with torch.no_grad(), self.teacher_precision():
            logits = teacher.forward_logits(self.teacher_inputs(inputs))
        target = torch.stack(list(logits.values())).mean(dim=0)
        student = _timm_vit('student', self.student).forward_logits(self.student_inputs(inputs))[self.token]
        with torch.autocast(inputs.device.type, enabled=False):
            return {'loss_logits': self.loss_logits(student, target)}


def _check_teacher_has_classifier(teacher: dict[str, Any], num_classes: int) -> None:
    """Refuse a teacher with loaded weights whose classifier timm would initialise at random."""
    name = teacher.get('model_name')
    if name is None or not (teacher.get('pretrained') or teacher.get('checkpoint')):
        return
    pretrained_cfg = timm.get_pretrained_cfg(name)
    available = num_classes if pretrained_cfg is None else pretrained_cfg.num_classes
    # A checkpoint may have another number of classes if the config says so; loading it checks that.
    if available != num_classes and (teacher.get('pretrained') or (available == 0 and 'num_classes' not in teacher)):
        raise ConfigError(
            f'LogitsDistiller: teacher {name} comes with {available or "no"} classes, not {num_classes}; choose a '
            'teacher that was fine-tuned on them, or set teacher.num_classes if your checkpoint has a classifier.'
        )


def _timm_vit(key: str, network: Any) -> TimmViT:
    if not isinstance(network, TimmViT):
        raise ConfigError(
            f'LogitsDistiller: {key} is a {type(network).__name__}; allowed: TimmViT, whose logits it reads.'
        )
    return network
