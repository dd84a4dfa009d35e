"""One step learns, moves the side whose phase it is, and lets noise reach sound paint only."""

import numpy as np
import pytest
import torch

from training.config import read_recipe
from training.losses import Objective
from training.state import started
from training.steps import _noisy, take_step


def test_one_batch_can_be_overfitted(recipe, paintings):
    torch.manual_seed(0)
    state = started(recipe, torch.device("cpu"))
    for group in state.optimizer.param_groups:
        group["lr"] = 4e-3
    images = np.stack([image[:64, :64] for image in paintings.images[:2]])
    painting = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    hole = torch.zeros(2, 1, 64, 64)
    hole[:, :, 20:36, 8:56:4] = 1
    objective = Objective(recipe.losses, None)
    first, *_, last = (
        take_step(recipe, state, objective, painting, hole, 0.0)["mse"] for _ in range(60)
    )
    assert last < 0.25 * first


def test_each_phase_moves_its_side_alone(paintings, contest):
    recipe = read_recipe("landscape-gan", contest)
    state = started(recipe, torch.device("cpu"))
    objective = Objective(recipe.losses, None)
    torch.manual_seed(0)
    painting, hole = torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)
    hole[..., 20:40, 20:40] = 1
    moved = []
    for _ in range(10):
        before = [weights(side) for side in (state.net, state.adversary.net)]
        terms = take_step(recipe, state, objective, painting, hole, 0.0)
        after = [weights(side) for side in (state.net, state.adversary.net)]
        moved.append(tuple(not torch.equal(*pair) for pair in zip(before, after, strict=True)))
        assert ("adversarial" in terms) == all(moved[-1])
    assert moved == [(True, False)] * 2 + [(False, True)] * 5 + [(True, True)] * 3


def weights(net):
    return torch.cat([weight.detach().flatten() for weight in net.parameters()])


def test_noise_reaches_sound_paint_only():
    torch.manual_seed(0)
    painting, hole = torch.full((1, 3, 64, 64), 0.5), torch.zeros(1, 1, 64, 64)
    hole[..., 20:40, 20:40] = 1
    noisy = _noisy(painting, hole, 0.03)
    assert torch.equal(noisy[..., 20:40, 20:40], painting[..., 20:40, 20:40])
    assert float((noisy - painting)[(hole == 0).expand_as(painting)].std()) == pytest.approx(
        0.03, rel=0.05
    )
    assert _noisy(painting, hole, None) is painting
