"""Batch norms: how they gather their statistics, when they stand still, and their average."""

import torch
from torch import nn

from training.config import ScheduleRecipe

# Of small batches of paintings the statistics differ widely; those a net is frozen with are
# therefore taken over some fifty batches. With torch's own momentum of 0.1, over some ten, GLCIC
# fell from 16.5 to 13 dB in the hole on being frozen (batches of 8, 1,440 steps).
_MOMENTUM, _SETTLING_MOMENTUM = 0.1, 0.02
_SETTLING_SHARE = 0.1


def set_norms(schedule: ScheduleRecipe | None, net: nn.Module, progress: float) -> None:
    """Let batch norms learn, settle before the schedule's late part, and stand still in it."""
    net.train()
    if schedule is None or schedule.frozen_norms == "none":
        return
    part = net.get_submodule("encoder") if schedule.frozen_norms == "encoder" else net
    frozen_from = 1 - schedule.late_share
    for module in part.modules():
        if isinstance(module, nn.BatchNorm2d):
            is_settling = progress >= frozen_from - _SETTLING_SHARE
            module.momentum = _SETTLING_MOMENTUM if is_settling else _MOMENTUM
            module.train(progress < frozen_from)


@torch.no_grad()
def copy_frozen(net: nn.Module, average: nn.Module) -> None:
    """Give the average the very statistics its net is frozen with: both are tuned to them."""
    for module, mean in zip(net.modules(), average.modules(), strict=True):
        if isinstance(module, nn.BatchNorm2d) and not module.training:
            assert isinstance(mean, nn.BatchNorm2d)
            for name, buffer in module.named_buffers():
                mean.get_buffer(name).copy_(buffer)
