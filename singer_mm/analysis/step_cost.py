"""What one training step of a method computes, counted in floating-point operations."""

from __future__ import annotations

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
        method: Everything else that runs forward: refiner, next blocks, projectors, generator, head, losses.
        backward: All gradients.
    """

    teacher: float
    student: float
    method: float
    backward: float

    @property
    def step(self) -> float:
        """All of it."""
        return self.teacher + self.student + self.method + self.backward


def step_cost(model: BaseModel, inputs: Tensor, data_samples: Any = None) -> StepCost:
    """Take one step without an optimizer and count its matrix products, convolutions and attention.

    Attention in one fused operator is only counted where torch knows the operator; build the networks after
    ``timm.layers.set_fused_attn(False)``. Gradients stay in the model.

    Args:
        model: A distiller, a task that distils, or a plain task model with a backbone.
        inputs: ``(B, 3, H, W)``, as the data preprocessor yields them.
        data_samples: What the model's task wants to know of the images; a distiller alone wants nothing.
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
    """Return a function that tells what the network's forward passes have cost so far."""
    spent = 0

    def metered(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal spent
            before = counter.get_total_flops()
            result = method(*args, **kwargs)
            spent += counter.get_total_flops() - before
            return result

        return call

    # Instance attributes shadow the methods; modules that look them up on `self` find the meter.
    for name in ('forward_tokens', 'forward_logits'):
        if hasattr(network, name):
            network.__dict__[name] = metered(getattr(network, name))
    return lambda: spent
