from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect, TileKey, tiles_touching

SPAN = st.integers(-20, 20)
RECTS = st.builds(Rect.from_edges, SPAN, SPAN, SPAN, SPAN)
NEAR_TILES = st.builds(
    Rect, st.integers(-700, 700), st.integers(-700, 700), st.integers(0, 700), st.integers(0, 700)
)


def pixels(rect: Rect) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(rect.x, rect.x + rect.width)
        for y in range(rect.y, rect.y + rect.height)
    }


@given(RECTS)
def test_area_counts_the_pixels(rect: Rect) -> None:
    assert rect.area == len(pixels(rect))
    assert rect.is_empty == (not pixels(rect))


def test_a_rect_of_negative_size_is_empty() -> None:
    assert Rect(3, 3, -2, -2).is_empty
    assert Rect(3, 3, -2, -2).area == 0
    assert Rect(3, 3, -2, 5).area == 0


@given(RECTS, RECTS)
def test_intersection_is_the_pixels_in_both(one: Rect, two: Rect) -> None:
    assert pixels(one.intersection(two)) == pixels(one) & pixels(two)


@given(RECTS, RECTS)
def test_union_is_the_smallest_rect_that_holds_both(one: Rect, two: Rect) -> None:
    both = pixels(one) | pixels(two)
    union = one.union(two)
    assert both <= pixels(union)
    if both:
        assert union.x == min(x for x, _ in both)
        assert union.y == min(y for _, y in both)
        assert union.right == max(x for x, _ in both) + 1
        assert union.bottom == max(y for _, y in both) + 1


@given(RECTS, RECTS)
def test_contains_is_being_a_subset(one: Rect, two: Rect) -> None:
    assert one.contains(two) == (pixels(two) <= pixels(one))


@given(RECTS, st.integers(0, 5))
def test_expanding_and_shrinking_undo_each_other(rect: Rect, margin: int) -> None:
    if not rect.is_empty:
        assert rect.expanded(margin).expanded(-margin) == rect


@given(RECTS, SPAN, SPAN)
def test_translation_moves_every_pixel(rect: Rect, dx: int, dy: int) -> None:
    assert pixels(rect.translated(dx, dy)) == {(x + dx, y + dy) for x, y in pixels(rect)}


@given(RECTS, st.integers(1, 9))
def test_aligned_is_the_smallest_rect_of_whole_steps(rect: Rect, step: int) -> None:
    blocks = {(x // step, y // step) for x, y in pixels(rect)}
    if blocks:
        assert pixels(rect.aligned(step)) == {
            (x * step + i, y * step + j)
            for x, y in blocks
            for i in range(step)
            for j in range(step)
        }


@given(RECTS, st.integers(0, 4))
def test_at_level_is_the_reduced_pixels_touched(rect: Rect, level: int) -> None:
    if not rect.is_empty:
        touched = {(x >> level, y >> level) for x, y in pixels(rect)}
        assert pixels(rect.at_level(level)) == touched
        assert rect.at_level(level).from_level(level) == rect.aligned(1 << level)


@given(RECTS, RECTS)
def test_slices_find_the_pixels_in_an_array(inner: Rect, outer: Rect) -> None:
    part = inner.intersection(outer)
    if not part.is_empty:
        rows, columns = part.slices(outer)
        found = {
            (outer.x + column, outer.y + row)
            for row in range(outer.height)[rows]
            for column in range(outer.width)[columns]
        }
        assert found == pixels(part)


@given(NEAR_TILES)
def test_tiles_touching_are_those_that_share_a_pixel(rect: Rect) -> None:
    keys = list(tiles_touching(rect))
    expected = [
        TileKey(tx, ty)
        for ty in range(-4, 7)
        for tx in range(-4, 7)
        if not TileKey(tx, ty).rect.intersection(rect).is_empty
    ]
    assert keys == expected


def test_a_tile_key_covers_a_square_of_the_grid() -> None:
    assert TileKey(2, -1).rect == Rect(2 * TILE_SIZE, -TILE_SIZE, TILE_SIZE, TILE_SIZE)
    assert not list(tiles_touching(EMPTY_RECT))
