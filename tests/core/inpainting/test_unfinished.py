import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Rect
from core.image.surface import U16
from core.inpainting.unfinished import not_filled

PICTURE = Rect(0, 0, 600, 300)
MADE = Provenance("x", "X", "1", "classical", "cpu", False)


class Black:
    width, height, channels = 600, 300, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        area = rect.at_level(level)
        return np.zeros((area.height, area.width, 3), np.uint16)


rects = st.builds(
    lambda x, y, w, h: Rect(x, y, w, h).intersection(PICTURE),
    st.integers(0, 599), st.integers(0, 299), st.integers(1, 400), st.integers(1, 250),
)  # fmt: skip


@given(st.lists(rects, min_size=1, max_size=4), st.lists(rects, max_size=4), st.booleans())
def test_marks_and_patches_share_no_pixel_and_lose_none(
    marked: list[Rect], filled: list[Rect], has_hidden: bool
) -> None:
    stack = LayerStack.of(Black(), "black").adding(LayerKind.MASK, "More")
    expected = np.zeros((300, 600), np.uint8)
    for number, rect in enumerate(marked):
        mask = stack.of_kind(LayerKind.MASK)[number % 2]
        value = np.full((rect.height, rect.width), 100 + number, np.uint8)
        stack = stack.with_surface(mask.id, mask.pixels.writing(rect, value))
    for mask in stack.of_kind(LayerKind.MASK):
        expected = np.maximum(expected, mask.pixels.read(PICTURE))
    patches = []
    for rect in filled:
        coverage = np.full((rect.height, rect.width), 65535, np.uint16)
        coverage[::2] = 0
        patches.append(Patch(rect, np.zeros((*coverage.shape, 3), np.uint16), coverage, MADE))
        expected[rect.slices(PICTURE)][coverage > 0] = 0
    before = [mask.pixels for mask in stack.of_kind(LayerKind.MASK)]
    np.testing.assert_array_equal(not_filled(stack, patches).read(PICTURE), expected)
    assert [mask.pixels for mask in stack.of_kind(LayerKind.MASK)] == before
