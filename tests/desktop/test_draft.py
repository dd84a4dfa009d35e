import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage, QPainter

from core.image.geometry import Point, Rect
from desktop.draft import Draft
from desktop.view import View

SIDE = 400
WHOLE = Rect(0, 0, SIDE, SIDE)
POINTS = st.builds(Point, st.floats(0, 350), st.floats(0, 350))
STEPS = st.lists(st.tuples(st.sampled_from(["extend", "hover", "show"]), POINTS), max_size=120)


def drawn(draft: Draft, device: Rect = WHOLE) -> np.ndarray:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor(90, 90, 90))
    painter = QPainter(image)
    painter.setClipRect(device.x, device.y, device.width, device.height)
    draft.draw(painter, device)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4)
    return rows[..., :3].copy()


@settings(max_examples=25)
@given(STEPS, st.booleans(), st.sampled_from([0.5, 1.0, 1.7]))
def test_all_that_changes_is_painted_anew(steps, is_closed, scale) -> None:
    view = View(scale, 20, 10)
    rects: list[Rect] = []
    draft = Draft(lambda: view, rects.append)
    draft.show([Point(100, 100)], is_closed)
    before = drawn(draft)
    for kind, point in steps:
        rects.clear()
        if kind == "show":
            draft.show([*draft.points[:3], point], is_closed)
        else:
            getattr(draft, kind)(point)
        after = drawn(draft)
        covered = np.zeros((SIDE, SIDE), bool)
        for rect in rects:
            covered[rect.intersection(WHOLE).slices(WHOLE)] = True
        # Dashes start anew with each line; they are the same two tones.
        assert not ((after != before).any(2) & ~covered).any()
        before = after
    draft.clear()
    assert (drawn(draft) == 90).all()


@settings(max_examples=15)
@given(st.lists(POINTS, min_size=2, max_size=150), st.integers(0, 300), st.integers(0, 300))
def test_a_part_is_drawn_as_in_the_whole(points, x, y) -> None:
    draft = Draft(lambda: View(1.0, 0, 0), lambda _rect: None)
    draft.show(points, True)
    part = Rect(x, y, 100, 100)
    at = part.slices(WHOLE)
    assert np.array_equal(drawn(draft, part)[at], drawn(draft)[at])


def test_a_long_line_is_painted_anew_in_small_pieces() -> None:
    rects: list[Rect] = []
    draft = Draft(lambda: View(1.0, 0, 0), rects.append)
    draft.show([Point(0, 0), Point(3000, 2000)], False)
    assert sum(rect.area for rect in rects) < 3000 * 2000 / 6
    assert max(rect.width for rect in rects) < 600
