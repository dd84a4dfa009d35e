"""The training objective: named terms times named weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from training.adversary import Adversary, Corner
from training.backbones import FeatureNet
from training.config import TermRecipe
from training.discriminators import Judgement


class Sample(NamedTuple):
    """A batch at the objective: painting and composite [N, 3, H, W] float32, hole [N, 1, H, W].

    filled is the net's whole picture, [N, 3, H, W] float32; the composite has only its hole.
    """

    painting: Tensor
    composite: Tensor
    hole: Tensor
    filled: Tensor | None = None

    def whole(self) -> Tensor:
        """Return the net's whole picture; the composite where the net made no more than that."""
        return self.composite if self.filled is None else self.filled

    def hole_samples(self) -> Tensor:
        """Return the number of hole samples over all channels, at least 1."""
        return 3 * self.hole.sum() + 1


class Verdict(NamedTuple):
    """The discriminator and its view of the fills, for the terms that need it.

    corners are those of the paintings' windows, around those of the fills'.
    """

    adversary: Adversary
    fake: Judgement
    painting: Tensor
    corners: Sequence[Corner]
    around: Sequence[Corner] = ()

    def maps(self, image: Tensor) -> list[Tensor]:
        """Return the discriminator's maps of pictures, whose windows lie around the holes."""
        return list(self.adversary.judgement(image, self.around).maps)


Term = Callable[[Sample], Tensor]

# Liu et al. 2018 take VGG16's first three poolings; SqueezeNet's first three taps have the same
# strides (2, 4, 8) and channels, ResNet50 has three.
_LIU_TAPS = 3


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


def hole(sample: Sample) -> Tensor:
    """L1 in the hole, mean over the picture (art-recovery §3.4)."""
    return ((sample.whole() - sample.painting) * sample.hole).abs().mean()


def valid(sample: Sample) -> Tensor:
    """L1 outside the hole, mean over the picture (art-recovery §3.4)."""
    return ((sample.whole() - sample.painting) * (1 - sample.hole)).abs().mean()


def mse_whole(sample: Sample) -> Tensor:
    """Squared error of the whole picture (landscape-gan, irregular-lines, notebook)."""
    return (sample.whole() - sample.painting).square().mean()


def mse_hole(sample: Sample) -> Tensor:
    """Squared error in the hole, over the samples of the whole picture (poster)."""
    return ((sample.whole() - sample.painting) * sample.hole).square().mean()


def mse_valid(sample: Sample) -> Tensor:
    """Squared error outside the hole, over the samples of the whole picture (poster)."""
    return ((sample.whole() - sample.painting) * (1 - sample.hole)).square().mean()


def tv(sample: Sample) -> Tensor:
    """Total variation of the composite over the hole dilated by 1 px (Liu et al. 2018).

    The mean over the picture's steps, as its other terms are means.
    """
    region = F.max_pool2d(sample.hole, 3, stride=1, padding=1)
    x = sample.composite
    across = (x[..., :, 1:] - x[..., :, :-1]).abs() * region[..., :, 1:] * region[..., :, :-1]
    down = (x[..., 1:, :] - x[..., :-1, :]).abs() * region[..., 1:, :] * region[..., :-1, :]
    return across.mean() + down.mean()


def features(sample: Sample, network: FeatureNet) -> Tensor:
    """L1 of features on the composite, each tap over its mean absolute activation.

    Divided by the hole's share of the picture, so that small holes count as much as large ones.
    """
    return _distance(network, sample.painting, [sample.composite]) / (sample.hole.mean() + 1e-3)


def perceptual(sample: Sample, network: FeatureNet) -> Tensor:
    """L1 of features on the whole picture and on the composite (art-recovery §3.4).

    Each tap over its mean absolute activation, so that networks of other scales take the same
    weight.
    """
    made = [sample.whole(), sample.composite]
    return _distance(network, sample.painting, made, _LIU_TAPS)


def style(sample: Sample, network: FeatureNet) -> Tensor:
    """L1 of Gram matrices on the whole picture and on the composite (art-recovery §3.4).

    Each tap over its root mean square, which leaves the Gram's diagonal a mean of 1 / C. Over its
    mean, SqueezeNet's sparse maps made 120 style 6.6 times the report's other terms together
    (1.28 against 0.19: 256 px, blurred paint in the hole); so it is 0.23.
    """
    with torch.no_grad():
        goals = network(sample.painting)[:_LIU_TAPS]
    total = torch.zeros((), device=sample.painting.device)
    for made in (sample.whole(), sample.composite):
        for goal, got in zip(goals, network(made)[:_LIU_TAPS], strict=True):
            scale = goal.float().square().mean().sqrt() + 1e-6
            total = total + (gram(got / scale) - gram(goal / scale)).abs().mean()
    return total


def gram(x: Tensor) -> Tensor:
    """Return x^T x / (C H W) per image, [N, C, C]; float32, also under autocast."""
    with torch.autocast(x.device.type, enabled=False):
        flat = x.float().flatten(2)
        return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def adversarial(verdict: Verdict) -> Tensor:
    """Return what the generator minimises of its recipe's game."""
    return verdict.adversary.game.fool(verdict.fake.logits)


def matching(verdict: Verdict) -> Tensor:
    """L1 between the discriminator's maps of fills and of paintings (Wang et al. 2018)."""
    with torch.no_grad():
        real = verdict.adversary.judgement(verdict.painting, verdict.corners)
    pairs = zip(real.maps, verdict.fake.maps, strict=True)
    distances = [(goal.float() - got.float()).abs().mean() for goal, got in pairs]
    return torch.stack(distances).mean()


_PLAIN: Mapping[str, Term] = {
    "l1": l1, "l2": l2, "gradient": gradient, "hole": hole, "valid": valid, "tv": tv,
    "mse_whole": mse_whole, "mse_hole": mse_hole, "mse_valid": mse_valid,
}  # fmt: skip
_OF_FEATURES: Mapping[str, Callable[[Sample, FeatureNet], Tensor]] = {
    "features": features, "perceptual": perceptual, "style": style,
}  # fmt: skip
_OF_VERDICT: Mapping[str, Callable[[Verdict], Tensor]] = {
    "adversarial": adversarial, "matching": matching,
}  # fmt: skip


class Objective:
    """The weighted sum of a recipe's terms; holds no state of its own."""

    def __init__(
        self,
        recipe: Mapping[str, TermRecipe],
        network: FeatureNet | None,
        has_discriminator: bool = False,
    ) -> None:
        """Raise ValueError for a term there is not.

        Without a network of features, their terms use the discriminator's maps where there is one
        (`borrowed`), and are dropped where there is none (`dropped`).
        """
        if unknown := sorted(set(recipe) - {*_PLAIN, *_OF_FEATURES, *_OF_VERDICT}):
            raise ValueError(f"There is no loss term “{unknown[0]}”.")
        terms = dict(_PLAIN)
        if network is not None:
            terms |= {name: _bound(term, network) for name, term in _OF_FEATURES.items()}
        self.terms = {name: (terms[name], recipe[name]) for name in recipe if name in terms}
        self.contested = {name: recipe[name] for name in recipe if name in _OF_VERDICT}
        lacking = set(recipe) - set(terms) - set(_OF_VERDICT)
        self.borrowed = {name: recipe[name] for name in sorted(lacking) if has_discriminator}
        self.dropped = tuple(sorted(lacking - set(self.borrowed)))

    def __call__(
        self, sample: Sample, progress: float, verdict: Verdict | None = None
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the total to minimise and each active term's unweighted value.

        Without a verdict (in a phase of the generator alone) the terms that need it are left out.
        """
        total = torch.zeros((), device=sample.painting.device)
        values: dict[str, float] = {}
        for name, (term, recipe) in self.terms.items():
            if progress >= recipe.start:
                value = term(sample)
                total = total + recipe.weight * value
                values[name] = float(value.detach())
        if verdict is not None:
            contested, more = self._contested(sample, verdict, progress)
            total, values = total + contested, values | more
        return total, values

    def gradient_ratio(self, sample: Sample, progress: float, verdict: Verdict) -> float | None:
        """Return the gradient norm of the discriminator's terms over that of all others.

        Both at the net's whole picture, weights included; None where one side has no term yet.
        """
        plain, names = self(sample, progress)
        contested, others = self._contested(sample, verdict, progress)
        if sample.filled is None or not names or not others:
            return None
        (own,) = torch.autograd.grad(plain, sample.filled, retain_graph=True)
        (theirs,) = torch.autograd.grad(contested, sample.filled, retain_graph=True)
        return float(theirs.norm() / own.norm().clamp(min=1e-12))

    def _contested(
        self, sample: Sample, verdict: Verdict, progress: float
    ) -> tuple[Tensor, dict[str, float]]:
        total = torch.zeros((), device=verdict.painting.device)
        values: dict[str, float] = {}
        for name, recipe in (self.contested | self.borrowed).items():
            if progress >= recipe.start:
                if name in _OF_VERDICT:
                    value = _OF_VERDICT[name](verdict)
                else:
                    value = _OF_FEATURES[name](sample, verdict.maps)
                total = total + recipe.weight * value
                values[name] = float(value.detach())
        return total, values


def _bound(term: Callable[[Sample, FeatureNet], Tensor], network: FeatureNet) -> Term:
    return lambda sample: term(sample, network)


def _distance(
    network: FeatureNet, painting: Tensor, made: list[Tensor], taps: int | None = None
) -> Tensor:
    with torch.no_grad():
        goals = network(painting)[:taps]
    total = torch.zeros((), device=painting.device)
    for picture in made:
        for goal, got in zip(goals, network(picture)[:taps], strict=True):
            scale = goal.float().abs().mean() + 1e-6
            total = total + (got.float() - goal.float()).abs().mean() / scale
    return total
