"""The floating-point operations of one training step of a method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mmengine.model import BaseModel
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from singer_mm.models.backbones import TokenBackbone


@dataclass(frozen=True)
class StepCost:
    """Operations of one step for one image; a multiplication and its addition are two.

    Attributes:
        teacher: Forward pass of the teacher to the last block that the method reads.
        student: Forward pass of the student.
        method: All other forward passes: refiner, next blocks, projectors, generator, head, losses.
        backward: All gradients.
    """

    teacher: float
    student: float
    method: float
    backward: float

    @property
    def step(self) -> float:
        """The sum of all parts."""
        return self.teacher + self.student + self.method + self.backward


def step_cost(model: BaseModel, inputs: Tensor, data_samples: Any = None) -> StepCost:
    """Take one step without an optimizer and count its matrix products, convolutions and attention.

    torch counts fused attention only for some operators, so build the networks after
    ``timm.layers.set_fused_attn(False)``. Gradients stay in the model.

    Args:
        model: A distiller, a task that distils, or a plain task model with a backbone.
        inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
        data_samples: Labels for the model's task; a distiller alone needs none.
    """
    counter = FlopCounterMode(display=False)
    teacher, student = networks(model)
    meters = {id(network): _meter(network, counter) for network in (teacher, student) if network is not None}
    with counter:
        losses = model(inputs, data_samples, mode='loss')
        forward = counter.get_total_flops()
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        total = counter.get_total_flops()
    by_teacher, by_student = (
        0 if network is None else meters[id(network)]() / len(inputs) for network in (teacher, student)
    )
    per_image = forward / len(inputs)
    return StepCost(by_teacher, by_student, per_image - by_teacher - by_student, (total - forward) / len(inputs))


def networks(model: Any) -> tuple[TokenBackbone | None, TokenBackbone]:
    """Return (teacher, student) of a distiller or of a task that distils; (None, backbone) of a plain task model."""
    distiller = getattr(model, 'distiller', model)
    teacher = getattr(distiller, 'teacher', None)
    return teacher, model.backbone if teacher is None else distiller.student


def _meter(network: TokenBackbone, counter: FlopCounterMode) -> Callable[[], int]:
    """Return a function that returns the operations of all forward passes of the network so far."""
    spent = 0

    def metered(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal spent
            before = counter.get_total_flops()
            result = method(*args, **kwargs)
            spent += counter.get_total_flops() - before
            return result

        return call

    # Instance attributes replace the methods, also for modules that look them up on `self`.
    for name in ('forward_tokens', 'forward_logits'):
        if hasattr(network, name):
            network.__dict__[name] = metered(getattr(network, name))
    return lambda: spent
