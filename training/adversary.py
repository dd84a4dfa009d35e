"""The discriminator's side of the training: its windows, its loss, its steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.config import AdversaryRecipe, RecipeError
from training.discriminators import DISCRIMINATORS, GAMES, Game, Judgement
from training.distributed import ALONE, Team

Corner = tuple[int, int]


class Adversary:
    """A discriminator with its optimizer; changed by the training loop alone."""

    net: nn.Module
    game: Game

    def __init__(
        self,
        recipe: AdversaryRecipe,
        picture_px: int,
        device: torch.device,
        has_bfloat16: bool,
        team: Team = ALONE,
    ) -> None:
        """Build for square pictures. Raises RecipeError for a discriminator there is not."""
        if recipe.discriminator not in DISCRIMINATORS:
            known = ", ".join(sorted(DISCRIMINATORS))
            raise RecipeError(f"The discriminator is one of {known}, not {recipe.discriminator!r}.")
        try:
            net = DISCRIMINATORS[recipe.discriminator](
                picture_px, recipe.window_px, **recipe.options
            )
        except (TypeError, ValueError) as cause:
            raise RecipeError(f"The recipe's discriminator cannot be built: {cause}.") from cause
        self.recipe = recipe
        # Only the steps and the terms see gradients into it; see take_step.
        self.net = net.to(
            device=device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]
        ).requires_grad_(False)
        self.game = GAMES[recipe.game]
        self.optimizer = torch.optim.Adam(net.parameters(), recipe.learning_rate, recipe.betas)
        self.step = 0
        self._team = team
        self._autocast = torch.autocast(device.type, torch.bfloat16, has_bfloat16)

    def corners(
        self, hole: Tensor, rng: np.random.Generator
    ) -> tuple[Sequence[Corner], Sequence[Corner]]:
        """Choose the windows' corners (y, x) for the fills and for the paintings of a batch."""
        side = self.recipe.window_px
        if side == 0:
            return (), ()
        masks = hole[:, 0].cpu().numpy()
        around = [window_corner(mask, side, rng) for mask in masks]
        if self.recipe.real_window == "hole":
            return around, around
        room = masks.shape[1] - side, masks.shape[2] - side
        anywhere = [(int(rng.integers(room[0] + 1)), int(rng.integers(room[1] + 1))) for _ in masks]
        return around, anywhere

    def judgement(self, picture: Tensor, corners: Sequence[Corner]) -> Judgement:
        """Return the net's view of pictures [N, 3, H, W] and their windows at the corners."""
        window = _cut(picture, corners, self.recipe.window_px) if corners else None
        with self._autocast:
            judged: Judgement = self.net(picture, window)
        return judged

    def take_step(
        self, real: Tensor, real_corners: Sequence[Corner], fake: Tensor, corners: Sequence[Corner]
    ) -> float:
        """Take one step on paintings and detached fills; return the loss before it."""
        self.net.requires_grad_(True)
        loss = self.game.judge(self.judgement(real, real_corners).logits, True)
        loss = loss + self.game.judge(self.judgement(fake, corners).logits, False)
        total = loss
        if self.recipe.r1_weight > 0 and self.step % self.recipe.r1_steps == 0:
            penalty = self._gradient_penalty(real, real_corners)
            total = loss + 0.5 * self.recipe.r1_weight * self.recipe.r1_steps * penalty
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        self._team.average_gradients(self.net)
        self.optimizer.step()
        self.net.requires_grad_(False)
        self.step += 1
        return float(loss.detach())

    def _gradient_penalty(self, real: Tensor, corners: Sequence[Corner]) -> Tensor:
        """Return the squared gradient at paintings, mean over them (R1, Mescheder et al. 2018)."""
        picture = real.detach().requires_grad_()
        window = _cut(picture, corners, self.recipe.window_px) if corners else None
        with torch.autocast(real.device.type, enabled=False):
            judged: Judgement = self.net(picture, window)
            (slope,) = torch.autograd.grad(judged.logits.sum(), picture, create_graph=True)
        return slope.square().sum((1, 2, 3)).mean()

    def set_rate(self, factor: float) -> None:
        """Set the learning rate to a share of the recipe's."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.recipe.learning_rate * factor

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps of it."""
        optimizer = self.optimizer.state_dict()
        return {"model": self.net.state_dict(), "optimizer": optimizer, "step": self.step}

    def load_state_dict(self, stored: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self.net.load_state_dict(stored["model"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.step = stored["step"]


def window_corner(mask: NDArray[Any], side: int, rng: np.random.Generator) -> Corner:
    """Place a window of side x side inside a picture around its hole; return its corner (y, x).

    Centred on the hole where all of it fits in, else on one of its samples, so that each part
    of a large or scattered hole is looked at.
    """
    ys, xs = np.nonzero(mask)
    if len(ys) == 0:
        centre = mask.shape[0] // 2, mask.shape[1] // 2
    elif np.ptp(ys) < side and np.ptp(xs) < side:
        centre = (int(ys.min()) + int(ys.max()) + 1) // 2, (int(xs.min()) + int(xs.max()) + 1) // 2
    else:
        chosen = int(rng.integers(len(ys)))
        centre = int(ys[chosen]), int(xs[chosen])
    y, x = (
        min(max(0, middle - side // 2), size - side)
        for middle, size in zip(centre, mask.shape, strict=True)
    )
    return y, x


def _cut(picture: Tensor, corners: Sequence[Corner], side: int) -> Tensor:
    pieces = [
        image[:, y : y + side, x : x + side] for image, (y, x) in zip(picture, corners, strict=True)
    ]
    return torch.stack(pieces)
