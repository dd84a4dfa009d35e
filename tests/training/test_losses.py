"""The objective is named terms times named weights."""

import pytest
import torch

from training.config import TermRecipe
from training.features import SqueezeNetFeatures
from training.losses import Objective, Sample, gradient, l1, l2


@pytest.fixture
def sample():
    painting = torch.full((1, 3, 64, 64), 0.5)
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 10:20, 10:20] = 1
    return Sample(painting, painting + 0.1 * hole, hole)


def test_the_terms_are_means_over_the_hole(sample):
    assert float(l1(sample)) == pytest.approx(0.1, rel=0.02)
    assert float(l2(sample)) == pytest.approx(0.01, rel=0.02)
    # A square of side 10 has an edge of 40 steps of 0.1, for each of its 100 samples.
    assert float(gradient(sample)) == pytest.approx(0.04, rel=0.02)


def test_the_total_is_weights_times_terms_from_their_start_on(sample):
    objective = Objective({"l1": TermRecipe(2.0), "l2": TermRecipe(3.0, start=0.5)}, None)
    early, names = objective(sample, 0.4)
    assert set(names) == {"l1"}
    assert float(early) == pytest.approx(2 * names["l1"])
    late, names = objective(sample, 0.5)
    assert float(late) == pytest.approx(2 * names["l1"] + 3 * names["l2"])


def test_the_feature_term_is_dropped_by_name_without_features():
    recipe = {"l1": TermRecipe(1.0), "features": TermRecipe(1.0)}
    assert Objective(recipe, None).dropped == ("features",)
    assert Objective(recipe, SqueezeNetFeatures()).dropped == ()


def test_the_feature_term_pulls_at_the_composite(sample):
    torch.manual_seed(0)
    objective = Objective({"features": TermRecipe(1.0)}, SqueezeNetFeatures())
    composite = sample.composite.clone().requires_grad_()
    total, _ = objective(sample._replace(composite=composite), 1.0)
    total.backward()
    assert composite.grad is not None
    assert composite.grad.abs().sum() > 0


def test_an_unknown_term_is_refused():
    with pytest.raises(ValueError, match="no loss term “beauty”"):
        Objective({"beauty": TermRecipe(1.0)}, None)
