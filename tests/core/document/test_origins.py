from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.merging import merging_down
from core.document.origins import origin_of
from core.document.patch import Patch, Provenance, Seam, recorded
from core.image.geometry import Point, Rect
from core.image.surface import Surface

MADE = Provenance("telea", "Telea", "1", "classical", "cpu", False)


class Painting:
    width, height, channels = 700, 600, 3

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        return np.full((rect.height, rect.width, 3), 20_000, np.uint16)


def patch(rect: Rect, to: tuple[int, int] | None, coverage: int = 65535) -> Patch:
    """Return a patch of one colour, copied from so many rows and columns away."""
    pixels = np.full((rect.height, rect.width, 3), 30_000, np.uint16)
    origins = None
    if to is not None:
        rows, columns = np.mgrid[rect.y : rect.bottom, rect.x : rect.right]
        origins = np.stack([rows + to[0], columns + to[1]], -1).astype(np.int32)
    return Patch(rect, pixels, np.full(pixels.shape[:2], coverage, np.uint16), MADE, origins)


def stack_with(*patches: Patch) -> LayerStack:
    stack = LayerStack.of(Painting(), "painting").adding(LayerKind.RETOUCH, "fill")
    for one in patches:
        stack = stack.placing(one, 3)
    return stack


def origin(stack: LayerStack, x: float, y: float, layer_id: int = 3) -> Point | None:
    return origin_of(stack.layer(layer_id).origins, Point(x, y))


FILL = patch(Rect(250, 240, 40, 30), (100, -50))


def test_a_placed_patch_tells_where_each_sample_came_from() -> None:
    stack = stack_with(FILL)
    assert origin(stack, 250.2, 240.9) == Point(200.5, 340.5)
    assert origin(stack, 289, 269) == Point(239.5, 369.5)
    assert origin(stack, 249, 240) is None
    assert origin(stack, 290, 240) is None


def test_a_fill_without_brushwork_keeps_no_surface() -> None:
    assert stack_with(patch(Rect(0, 0, 30, 30), None)).layer(3).origins is None
    stack = stack_with(FILL, patch(Rect(240, 230, 60, 50), None))
    assert stack.layer(3).origins is None


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_last_patch_on_a_sample_names_its_origin(data: st.DataObject) -> None:
    side = st.integers(1, 60)
    place = st.builds(Rect, st.integers(200, 300), st.integers(200, 300), side, side)
    away = st.one_of(st.none(), st.tuples(st.integers(0, 99), st.integers(-99, 99)))
    patches = [
        patch(data.draw(place), data.draw(away), data.draw(st.sampled_from([0, 9, 65535])))
        for _ in range(4)
    ]
    stack = stack_with(*patches)
    for _ in range(10):
        x, y = data.draw(st.integers(195, 365)), data.draw(st.integers(195, 365))
        expected = None
        for one in patches:
            inside = one.rect.contains(Rect(x, y, 1, 1))
            if inside and one.coverage[y - one.rect.y, x - one.rect.x] > 0:
                expected = None
                if one.origins is not None:
                    row, column = one.origins[y - one.rect.y, x - one.rect.x]
                    expected = Point(column + 0.5, row + 0.5)
        assert origin(stack, x, y) == expected


def test_paint_over_a_fill_comes_from_nowhere_and_undo_knows_it_again() -> None:
    document = Document(LayerStack.of(Painting(), "painting"))
    document.do("Restore", stack_with(FILL))
    stroke = document.stack.layer(3).pixels.writing(
        Rect(260, 240, 5, 5), np.full((5, 5, 4), 65535, np.uint16)
    )
    document.do("Paint", document.stack.with_surface(3, stroke))
    assert origin(document.stack, 262, 242) is None
    assert origin(document.stack, 259, 242) == Point(209.5, 342.5)
    document.undo()
    assert origin(document.stack, 262, 242) == Point(212.5, 342.5)
    erased = document.stack.with_surface(3, Surface.retouch(3))
    document.do("Clear", erased)
    assert document.stack.layer(3).origins is None


def test_a_fill_laid_over_another_in_one_step_keeps_its_origins() -> None:
    document = Document(stack_with(FILL))
    other = patch(Rect(255, 245, 9, 9), (7, 7))
    document.do("Restore", document.stack.placing(other, 3))
    assert origin(document.stack, 256, 246) == Point(263.5, 253.5)
    assert origin(document.stack, 251, 241) == Point(201.5, 341.5)


def test_a_duplicate_shares_origins_and_a_deleted_layer_takes_its_own() -> None:
    stack = stack_with(FILL).duplicating(3, "copy")
    assert stack.layers[-1].origins is stack.layer(3).origins
    assert origin(stack.removing(3), 251, 241, stack.layers[-1].id) == Point(201.5, 341.5)


@pytest.mark.parametrize(("opacity", "expected"), [(1.0, Point(7.5, 8.5)), (0.5, None)])
def test_merged_fills_keep_the_origin_of_what_is_seen(
    opacity: float, expected: Point | None
) -> None:
    stack = stack_with(FILL).adding(LayerKind.RETOUCH, "upper")
    stack = stack.placing(patch(Rect(260, 250, 8, 8), (-242, -253)), 4)
    stack = stack.replacing(replace(stack.layer(4), opacity=opacity))
    merged = merging_down(stack, 4)
    assert origin(merged, 260, 250) == expected
    assert origin(merged, 251, 241) == Point(201.5, 341.5)
    # A mark by hand above a fill hides it, and comes from nowhere.
    by_hand = stack_with(FILL).adding(LayerKind.RETOUCH, "hand")
    paint = np.full((4, 4, 4), 65535, np.uint16)
    paint = by_hand.layer(4).pixels.writing(Rect(260, 250, 4, 4), paint)
    merged = merging_down(by_hand.with_surface(4, paint), 4)
    assert origin(merged, 261, 251) is None
    assert origin(merged, 265, 251) == Point(215.5, 351.5)


def test_only_retouch_has_origins() -> None:
    mask = stack_with(FILL).layer(2)
    with pytest.raises(ValueError, match="RETOUCH"):
        replace(mask, origins=stack_with(FILL).layer(3).origins)


def test_a_step_is_recorded_with_the_mean_seam_of_its_patches() -> None:
    other = replace(MADE, parameters={"scale": 2})
    small, large = Seam(0.1, 0.02, 10), Seam(0.4, 0.05, 30)
    patches = [
        replace(FILL, seam=small),
        replace(FILL, seam=large),
        FILL,
        replace(FILL, provenance=other),
    ]
    one, two = recorded(patches)
    assert one.seam is not None
    assert (one.seam.before, one.seam.after) == (pytest.approx(0.325), pytest.approx(0.0425))
    assert one.seam.pairs == 40
    assert replace(one, seam=None) == MADE
    assert two == other
