"""The training objective: named terms times named weights."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from training.config import TermRecipe
from training.features import SqueezeNetFeatures


class Sample(NamedTuple):
    """A batch at the objective: painting and composite [N, 3, H, W] float32, hole [N, 1, H, W]."""

    painting: Tensor
    composite: Tensor
    hole: Tensor

    def hole_samples(self) -> Tensor:
        """Return the number of hole samples over all channels, at least 1."""
        return 3 * self.hole.sum() + 1


Term = Callable[[Sample], Tensor]


def l1(sample: Sample) -> Tensor:
    """Charbonnier distance, mean over the hole (eps 1e-3, so that it is smooth at zero)."""
    squared = (sample.composite - sample.painting).square()
    return ((squared + 1e-6).sqrt() * sample.hole).sum() / sample.hole_samples()


def l2(sample: Sample) -> Tensor:
    """Squared error, mean over the hole."""
    return (sample.composite - sample.painting).square().sum() / sample.hole_samples()


def gradient(sample: Sample) -> Tensor:
    """L1 of horizontal and vertical differences, sum over the picture per hole sample."""
    error = sample.composite - sample.painting
    across = (error[..., :, 1:] - error[..., :, :-1]).abs().sum()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().sum()
    return (across + down) / sample.hole_samples()


class FeatureTerm(nn.Module):
    """L1 of SqueezeNet features on the composite, each tap over its mean activation.

    Divided by the hole's share of the picture, so that small holes count as much as large ones.
    """

    def __init__(self, features: SqueezeNetFeatures) -> None:
        super().__init__()
        self.features = features

    def forward(self, sample: Sample) -> Tensor:
        with torch.no_grad():
            goals = self.features(sample.painting)
        total = torch.zeros((), device=sample.painting.device)
        for goal, got in zip(goals, self.features(sample.composite), strict=True):
            total = total + (got.float() - goal.float()).abs().mean() / (goal.float().mean() + 1e-6)
        return total / (sample.hole.mean() + 1e-3)


class Objective:
    """The weighted sum of a recipe's terms; holds no state of its own."""

    def __init__(
        self, recipe: Mapping[str, TermRecipe], features: SqueezeNetFeatures | None
    ) -> None:
        """Raise ValueError for a term there is not; without features their term is dropped."""
        terms: dict[str, Term] = {"l1": l1, "l2": l2, "gradient": gradient}
        if unknown := sorted(set(recipe) - {*terms, "features"}):
            raise ValueError(f"There is no loss term “{unknown[0]}”.")
        if features is not None:
            terms["features"] = FeatureTerm(features)
        self.terms = {name: (terms[name], recipe[name]) for name in recipe if name in terms}
        self.dropped = tuple(sorted(set(recipe) - set(terms)))

    def __call__(self, sample: Sample, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Return the total to minimise and each active term's unweighted value."""
        total = torch.zeros((), device=sample.painting.device)
        values: dict[str, float] = {}
        for name, (term, recipe) in self.terms.items():
            if progress >= recipe.start:
                value = term(sample)
                total = total + recipe.weight * value
                values[name] = float(value.detach())
        return total, values
