"""Batch norms settle, stand still, and pass their statistics on."""

import copy

import torch

from training.config import ScheduleRecipe, read_recipe
from training.norms import copy_frozen, set_norms
from training.state import started

SCHEDULE = ScheduleRecipe(late_share=0.4, frozen_norms="all")


def net_of_one_norm():
    return torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4))


def test_the_encoders_norms_stand_still_in_the_last_quarter():
    recipe = read_recipe("pconv-unet", ["options.levels=3", "options.width=4"])
    net = started(recipe, torch.device("cpu")).net
    for progress, is_learning in ((0.5, True), (0.8, False)):
        set_norms(recipe.schedule, net, progress)
        norms = {name: module.training for name, module in net.named_modules()
                 if isinstance(module, torch.nn.BatchNorm2d)}  # fmt: skip
        assert any(norms.values())
        assert all(norms[name] == is_learning for name in norms if name.startswith("encoder"))
        assert all(norms[name] for name in norms if name.startswith("decoder"))


def test_norms_are_frozen_with_statistics_of_many_batches():
    torch.manual_seed(0)
    net = net_of_one_norm()
    net[0].weight.data = torch.ones_like(net[0].weight) / 3
    net[0].bias.data.zero_()
    # Paintings of very different tone, a batch of each.
    tones = torch.rand(400) * 10
    for step, tone in enumerate(tones):
        set_norms(SCHEDULE, net, 0.5 + 0.1 * step / len(tones))
        net(torch.full((2, 3, 4, 4), float(tone)))
    set_norms(SCHEDULE, net, 0.6)
    assert not net[1].training
    # A momentum of 0.1 leaves a spread of 0.66 about the mean tone, 0.02 one of 0.29.
    assert abs(float(net[1].running_mean[0]) - float(tones.mean())) < 0.5


def test_the_average_takes_the_statistics_its_net_is_frozen_with():
    net = net_of_one_norm()
    average = copy.deepcopy(net).eval()
    net.train()
    net(torch.rand(2, 3, 8, 8))
    copy_frozen(net, average)
    assert not torch.equal(average[1].running_mean, net[1].running_mean)
    set_norms(SCHEDULE, net, 0.9)
    copy_frozen(net, average)
    assert torch.equal(average[1].running_mean, net[1].running_mean)
    assert torch.equal(average[1].running_var, net[1].running_var)
