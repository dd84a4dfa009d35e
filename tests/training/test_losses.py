"""The objective is named terms times named weights."""

import pytest
import torch

from training import losses
from training.adversary import Adversary
from training.config import AdversaryRecipe, TermRecipe
from training.features import SqueezeNetFeatures
from training.losses import Objective, Sample, Verdict, gradient, l1, l2


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


@pytest.fixture
def whole(sample):
    """The sample, its net 0.2 off outside the hole too."""
    return sample._replace(filled=sample.painting + 0.1 * sample.hole + 0.2 * (1 - sample.hole))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # The hole has 100 of 64 * 64 samples.
        ("hole", 0.1 * 100 / 4096),
        ("valid", 0.2 * 3996 / 4096),
        ("mse_hole", 0.01 * 100 / 4096),
        ("mse_valid", 0.04 * 3996 / 4096),
        ("mse_whole", (0.01 * 100 + 0.04 * 3996) / 4096),
        # The edge of 40 steps of 0.1; the picture has 64 * 63 steps each way.
        ("tv", 0.1 * 40 / (64 * 63)),
    ],
)
def test_the_reports_terms_are_means_over_the_picture(whole, name, value):
    total, terms = Objective({name: TermRecipe(2.0)}, None)(whole, 0.0)
    assert terms[name] == pytest.approx(value, rel=1e-4)
    assert float(total) == pytest.approx(2 * value, rel=1e-4)


def test_total_variation_does_not_look_beyond_one_pixel_from_the_hole(sample):
    rough = sample.composite.clone()
    rough[..., 40:, :] = torch.rand(1, 3, 24, 64)
    far = sample._replace(composite=rough)
    assert float(losses.tv(far)) == pytest.approx(float(losses.tv(sample)))


def test_a_gram_matrix_is_float32_also_under_autocast():
    maps = torch.rand(2, 4, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        got = losses.gram(maps)
    flat = maps.double().flatten(2)
    expected = torch.einsum("ncx,ndx->ncd", flat, flat) / (4 * 8 * 8)
    torch.testing.assert_close(got.double(), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", ["perceptual", "style"])
def test_a_term_of_features_sees_the_whole_picture_and_the_composite(sample, name):
    torch.manual_seed(0)
    objective = Objective({name: TermRecipe(1.0)}, SqueezeNetFeatures())
    made = (torch.rand(1, 3, 64, 64) for _ in range(2))
    composite, filled = (picture.requires_grad_() for picture in made)
    objective(sample._replace(composite=composite, filled=filled), 0.0)[0].backward()
    assert composite.grad.abs().sum() > 0
    assert filled.grad.abs().sum() > 0
    same = sample._replace(composite=sample.painting, filled=sample.painting)
    assert float(objective(same, 0.0)[0]) == 0


def test_terms_of_the_discriminator_wait_for_its_verdict(sample):
    recipe = {"l1": TermRecipe(1.0), "adversarial": TermRecipe(0.5), "matching": TermRecipe(2.0)}
    objective = Objective(recipe, None)
    assert set(objective(sample, 0.0)[1]) == {"l1"}
    torch.manual_seed(0)
    rules = AdversaryRecipe("notebook", options={"widths": (4, 8)})
    judge = Adversary(rules, 64, torch.device("cpu"), has_bfloat16=False)
    painting = torch.rand(2, 3, 64, 64)
    fake = (painting * 0.5).requires_grad_()
    verdict = Verdict(judge, judge.judgement(fake, ()), painting, ())
    total, values = objective(sample, 0.0, verdict)
    assert set(values) == {"l1", "adversarial", "matching"}
    expected = values["l1"] + 0.5 * values["adversarial"] + 2 * values["matching"]
    assert float(total.detach()) == pytest.approx(expected, rel=1e-5)
    total.backward()
    assert fake.grad.abs().sum() > 0


def test_the_gradient_ratio_weighs_the_discriminator_against_the_picture():
    torch.manual_seed(0)
    rules = AdversaryRecipe("notebook", options={"widths": (4, 8)})
    judge = Adversary(rules, 64, torch.device("cpu"), has_bfloat16=False)
    painting, hole = torch.rand(2, 3, 64, 64), torch.ones(2, 1, 64, 64)
    filled = (painting * 0.5).requires_grad_()
    sample = Sample(painting, filled * 1.0, hole, filled)
    verdict = Verdict(judge, judge.judgement(filled, ()), painting, ())

    def ratio(weight):
        recipe = {"mse_whole": TermRecipe(1.0), "adversarial": TermRecipe(weight)}
        return Objective(recipe, None).gradient_ratio(sample, 0.0, verdict)

    assert ratio(0.2) == pytest.approx(2 * ratio(0.1), rel=1e-4)
    alone = Objective({"adversarial": TermRecipe(1.0)}, None)
    assert alone.gradient_ratio(sample, 0.0, verdict) is None


def test_without_features_their_terms_compare_the_discriminators_maps(sample):
    torch.manual_seed(0)
    recipe = {"l1": TermRecipe(1.0), "perceptual": TermRecipe(0.5), "style": TermRecipe(2.0),
              "features": TermRecipe(0.1)}  # fmt: skip
    objective = Objective(recipe, None, has_discriminator=True)
    assert set(objective.borrowed) == {"features", "perceptual", "style"}
    assert objective.dropped == ()
    assert set(objective(sample, 0.0)[1]) == {"l1"}
    rules = AdversaryRecipe("glcic", options={"width": 4, "features": 8}, window_px=32)
    judge = Adversary(rules, 64, torch.device("cpu"), has_bfloat16=False)
    painting = torch.rand(2, 3, 64, 64)
    hole = torch.zeros(2, 1, 64, 64)
    hole[..., 10:20, 10:20] = 1
    filled = (painting * 0.5).requires_grad_()
    corners = [(0, 0)] * 2

    def values(filled):
        fill = Sample(painting, painting + hole * (filled - painting), hole, filled)
        verdict = Verdict(judge, judge.judgement(filled, corners), painting, corners, corners)
        return objective(fill, 0.0, verdict)

    total, terms = values(filled)
    assert set(terms) == set(recipe)
    total.backward()
    assert filled.grad.abs().sum() > 0
    same = values(painting)[1]
    assert all(same[name] == pytest.approx(0, abs=1e-6) for name in objective.borrowed)


def test_with_features_none_are_borrowed():
    objective = Objective({"perceptual": TermRecipe(1.0)}, SqueezeNetFeatures(), True)
    assert not objective.borrowed
    assert set(objective.terms) == {"perceptual"}
