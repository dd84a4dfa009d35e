from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.rating.composites import Fill, RatingError, in_blind_order, read_fill_set


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_subfolders_are_methods_and_mask_and_painting_are_not(tmp_path: Path) -> None:
    touched(tmp_path, "telea/a.png", "telea/b.png", "net/a.png", "net/b.png", "mask/a.png",
            "painting/a.tif", "telea/notes.txt", ".git/a.png", "net/.hidden.png",
            "scores.csv")  # fmt: skip
    found = read_fill_set(tmp_path)
    assert [(fill.method, fill.name) for fill in found.fills] == [
        ("net", "a.png"), ("net", "b.png"), ("telea", "a.png"), ("telea", "b.png")
    ]  # fmt: skip
    assert found.uneven == ()
    assert found.fills[0].mask == tmp_path / "mask" / "a.png"
    assert found.fills[0].painting == tmp_path / "painting" / "a.tif"
    assert found.fills[1].mask is None


def test_pictures_that_not_every_method_filled_are_named(tmp_path: Path) -> None:
    touched(tmp_path, "telea/a.png", "telea/b.png", "net/a.png", "empty/readme.txt")
    assert read_fill_set(tmp_path).uneven == ("b.png",)


def test_what_cannot_be_rated_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RatingError, match="There is no folder"):
        read_fill_set(tmp_path / "none")
    touched(tmp_path, "a.png", "mask/a.png")
    with pytest.raises(RatingError, match="nothing to rate"):
        read_fill_set(tmp_path)
    with pytest.raises(RatingError, match="There is no folder"):
        read_fill_set(tmp_path / "a.png")


FILLS = st.sets(st.tuples(st.sampled_from("mnop"), st.sampled_from("abcdef")), min_size=1)


@given(FILLS, st.text(max_size=5))
def test_the_order_holds_every_fill_once_and_is_the_seeds_own(
    keys: set[tuple[str, str]], seed: str
) -> None:
    fills = [Fill(method, name, Path(name)) for method, name in keys]
    order = in_blind_order(fills, seed)
    assert len(order) == len(fills)
    assert set(order) == set(fills)
    assert in_blind_order(fills[::-1], seed) == order


@given(st.integers(2, 6), st.integers(1, 4), st.integers())
def test_no_picture_comes_twice_in_a_row_and_methods_are_mixed(
    pictures: int, methods: int, seed: int
) -> None:
    fills = [
        Fill(f"m{method}", f"{picture}.png", Path())
        for picture in range(pictures)
        for method in range(methods)
    ]
    order = in_blind_order(fills, str(seed))
    names = [fill.name for fill in order]
    assert all(one != other for one, other in pairwise(names))
    assert len(set(names[:pictures])) == pictures
