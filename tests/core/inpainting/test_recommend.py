import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inpainting.card import MASK_KINDS, GeneratorCard, read_card
from core.inpainting.classical import classical_cards
from core.inpainting.measured import all_measured, measured
from core.inpainting.recommend import kind_of_loss, recommend, suited
from core.resources import generators_dir

OLD = classical_cards()
NET = GeneratorCard("net", "Net", "", "onnx", is_trained=True)


def figures(psnr: float, pd: float, classical: float = 20.0, classical_pd: float = 1.0):
    return {
        "psnr_hole_db": psnr,
        "pd": pd,
        "classical_psnr_hole_db": classical,
        "classical_pd": classical_pd,
    }


def net(card_id: str, thickness_px: int = 0, **kinds: dict[str, float]) -> GeneratorCard:
    return replace(NET, id=card_id, thickness_px=thickness_px, metrics=kinds)


@pytest.mark.parametrize(
    ("thickness_px", "area_px", "kind"),
    [
        (1, 300, "K"),
        (3, 400, "L"),
        (5, 1400, "L"),
        (6, 9000, "K"),
        (13, 1000, "B"),
        (31, 1024, "S32"),
        (31, 0, "S32"),
        (33, 1900, "C"),
        (33, 5000, "I1"),
        (41, 11_300, "I2"),
        (47, 17_100, "I3"),
        (53, 25_000, "I4"),
        (59, 30_400, "I5"),
        (65, 37_500, "I6"),
        (63, 4096, "S64"),
        (111, 12_544, "S112"),
        (4000, 10**9, "S112"),
        (0, 0, "L"),
    ],
)
def test_marks_are_like_the_kind_whose_masks_look_like_them(
    thickness_px: int, area_px: int, kind: str
) -> None:
    assert kind_of_loss(thickness_px, area_px) == kind


@given(st.integers(0, 10**6), st.integers(0, 10**12))
def test_every_mark_is_like_some_kind(thickness_px: int, area_px: int) -> None:
    assert kind_of_loss(thickness_px, area_px) in MASK_KINDS


def test_the_generator_that_gains_most_on_losses_like_these_is_recommended() -> None:
    cracks = net("cracks", L=figures(22, 0.8), S64=figures(20.1, 0.99))
    squares = net("squares", L=figures(20.5, 0.9), S64=figures(20.6, 0.7))
    cards = [*OLD, squares, cracks]
    assert recommend(cards, 4, 1000) is cracks
    assert recommend(cards, 63, 4000) is squares
    first, second = suited(cards, 4, 1000)[:2]
    assert first.reason == (
        "Thin losses up to 4 px: best measured on thin cracks, 2.0 dB above the classical fills."
    )
    assert second.card is squares
    assert "best measured" not in second.reason


@pytest.mark.parametrize("worse", [figures(19.9, 0.5), figures(22.0, 1.01)])
def test_what_measured_worse_than_a_classical_fill_is_not_recommended(
    worse: dict[str, float],
) -> None:
    cards = [net("bad", S64=worse, L=figures(25, 0.1)), *OLD]
    assert recommend(cards, 63, 4000).id == "telea"
    assert suited(cards, 63, 4000)[-1].reason == (
        "Losses up to 63 px: measured worse than the classical fills on squares of 64 px."
    )
    assert suited(cards, 63, 4000)[0].reason == (
        "Losses up to 63 px: no trained generator that runs here measured better on "
        "squares of 64 px."
    )


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"L": {"psnr_hole_db": 40.0}},
        {"L": {"psnr_hole_db": float("nan"), "classical_psnr_hole_db": 1.0}},
        {"L": {"psnr_hole_db": "40", "classical_psnr_hole_db": 1.0}},
        {"L": 40.0},
        {"L": None},
    ],
)
def test_what_was_not_measured_against_classical_fills_is_not_recommended(metrics: object) -> None:
    cards = [replace(NET, metrics=metrics), *OLD]
    assert recommend(cards, 4, 1000).id == "diffusion"
    assert suited(cards, 4, 1000)[-1].reason.endswith("not measured on thin cracks.")


def test_a_generator_made_for_thinner_losses_is_not_recommended() -> None:
    cards = [net("thin", thickness_px=24, S32=figures(25, 0.1)), *OLD]
    assert recommend(cards, 24, 450).id == "thin"
    assert recommend(cards, 25, 490).id == "diffusion"
    assert suited(cards, 25, 490)[-1].reason.endswith("made for losses up to 24 px.")


def test_a_kind_nobody_measured_is_judged_by_the_nearest_that_was() -> None:
    cards = [net("cracks", L=figures(22, 0.8)), *OLD]
    assert recommend(cards, 6, 20_000).id == "cracks"


@pytest.mark.parametrize(("thickness_px", "expected"), [(3, "diffusion"), (100, "telea")])
def test_without_trained_generators_the_best_classical_fill_is_recommended(
    thickness_px: int, expected: str
) -> None:
    assert recommend(OLD, thickness_px).id == expected


def test_the_shipped_generator_is_recommended_for_cracks() -> None:
    shipped = read_card(generators_dir() / "atelier-crack")
    assert recommend([shipped, *OLD], 5, 1400).id == "atelier-crack"
    assert recommend([shipped, *OLD], 300, 10**6).id == "telea"


def test_a_shipped_generator_is_recommended_for_losses_of_all_widths() -> None:
    shipped = read_card(generators_dir() / "atelier-small")
    for thickness_px in (24, 64, 130, 300, 500):
        area_px = int(0.8 * thickness_px**2)
        assert recommend([shipped, *OLD], thickness_px, area_px).id == "atelier-small"


def test_the_order_of_the_cards_does_not_matter() -> None:
    cards = [net("a", L=figures(22, 0.8)), net("b", L=figures(22, 0.8)), net("c"), OLD[0]]
    orders = {
        tuple(one.card.id for one in suited(mixed, 4, 1000))
        for mixed in itertools.permutations(cards)
    }
    assert orders == {("a", "b", "diffusion", "c")}


@given(
    st.lists(st.tuples(st.floats(10, 40), st.floats(0.01, 5)), max_size=8),
    st.integers(1, 200),
    st.integers(0, 10**6),
)
def test_never_is_one_recommended_that_measured_worse(
    measures: list[tuple[float, float]], thickness_px: int, area_px: int
) -> None:
    cards = [
        net(f"net-{number}", **dict.fromkeys(MASK_KINDS, figures(*pair)))
        for number, pair in enumerate(measures)
    ]
    chosen = recommend([*cards, *OLD], thickness_px, area_px)
    one = measured(chosen, kind_of_loss(thickness_px, area_px))
    assert one is None or not one.is_worse


def test_no_cards_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="no generators"):
        recommend([], 3)
    assert suited([], 3) == []


def test_figures_come_in_the_order_of_the_kinds() -> None:
    card = net("net", odd=figures(1, 1), I1=figures(1, 1), L=figures(1, 1), K={"pictures": 3.0})
    assert [one.kind for one in all_measured(card)] == ["L", "I1", "odd"]
