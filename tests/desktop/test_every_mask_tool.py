"""Each mask tool, by real mouse events: every sample of the mask is the one it has to be.

What has to be is computed by core, from the same points, or written down as a formula.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.color import ColorProfile, ColorTransform
from core.image.crack_path import crack_path
from core.image.geometry import Point, Rect
from core.image.selection import polygon
from core.image.surface import U8, Surface
from desktop.canvas import Canvas
from desktop.selection_tools import SelectionSettings
from desktop.tools import BrushSettings, ToolName

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
WIDTH, HEIGHT = 700, 500
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LEFT_PX, TOP_PX = 100, 50
"""The canvas shows the document from here on at 100 %."""
SOFT = BrushSettings(30.0, hardness=0.4, opacity=0.7)
SEEN = np.s_[TOP_PX : TOP_PX + 300, LEFT_PX : LEFT_PX + 400]
PATH = ((60, 60), (130, 75), (180, 140), (240, 120))


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    return make_document(WIDTH, HEIGHT)


@pytest.fixture
def canvas(document: Document, make_canvas: Callable[..., Canvas]) -> Canvas:
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-LEFT_PX - canvas.view.left, -TOP_PX - canvas.view.top)
    return canvas


def drag(
    canvas: Canvas, points: Sequence[tuple[int, int]], keys: Qt.KeyboardModifier = NONE
) -> None:
    """Press, move and release at points of the canvas."""
    places = [QPoint(*point) for point in points]
    QTest.mousePress(canvas, LEFT, keys, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, keys, places[-1])


def click(canvas: Canvas, x: int, y: int, keys: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(canvas, LEFT, keys, QPoint(x, y))


def in_document(points: Sequence[tuple[int, int]]) -> list[Point]:
    return [Point(x + LEFT_PX, y + TOP_PX) for x, y in points]


def brush_of(settings: BrushSettings) -> Brush:
    return Brush(settings.size_px / 2, settings.hardness, settings.opacity, pressure_size=True)


def stroked(
    before: Surface,
    settings: BrushSettings,
    points: Sequence[Point],
    paint: MaskPaint | Erase | None = None,
) -> Surface:
    stroke = Stroke(brush_of(settings), before, paint or MaskPaint(), PICTURE)
    for point in points:
        stroke.to(point)
    return stroke.finish()


def mask_at(document: Document, number: int = 0) -> U8:
    return document.stack.of_kind(LayerKind.MASK)[number].pixels.read(PICTURE)


def marked(document: Document, *places: tuple[slice, slice], number: int = 0) -> None:
    """Mark parts of a mask, as one step."""
    values = mask_at(document, number).copy()
    for place in places:
        values[place] = 255
    layer = document.stack.of_kind(LayerKind.MASK)[number]
    surface = layer.pixels.writing(PICTURE, values)
    document.do("Mark", document.stack.with_surface(layer.id, surface))


def test_brush(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(SOFT)
    drag(canvas, PATH)
    expected = stroked(Surface.mask(), SOFT, in_document(PATH)).read(PICTURE)
    assert expected.max() == round(255 * 0.7)
    assert np.array_equal(mask_at(document), expected)
    drag(canvas, ((60, 140), (240, 60)))
    again = stroked(Surface.mask(), SOFT, in_document(((60, 140), (240, 60)))).read(PICTURE)
    assert np.array_equal(mask_at(document), np.maximum(expected, again))


def test_a_click_is_one_dab_of_a_disc(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(BrushSettings(40.0, hardness=1.0))
    click(canvas, 120, 90)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    distance = np.hypot(columns - 220, rows - 140)
    values = mask_at(document)
    assert (values[distance < 19.2] == 255).all()
    assert not values[distance > 20.8].any()
    assert values.sum() / 255 == pytest.approx(np.pi * 400, rel=0.005)


def test_eraser(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(BrushSettings(60.0, hardness=1.0))
    drag(canvas, PATH)
    painted = document.stack.of_kind(LayerKind.MASK)[0].pixels
    canvas.set_tool(ToolName.ERASER)
    rubber = BrushSettings(24.0, hardness=0.5, opacity=0.6)
    canvas.set_brush(rubber)
    way = ((100, 40), (150, 160))
    drag(canvas, way)
    expected = stroked(painted, rubber, in_document(way), Erase()).read(PICTURE)
    assert expected.sum() < painted.read(PICTURE).sum() - 255 * 500
    assert np.array_equal(mask_at(document), expected)


def test_shift_click_with_the_brush(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(SOFT)
    click(canvas, 60, 60)
    click(canvas, 200, 170, SHIFT)
    dab = stroked(Surface.mask(), SOFT, in_document(((60, 60),)))
    line = stroked(dab, SOFT, in_document(((60, 60), (200, 170))))
    assert np.array_equal(mask_at(document), line.read(PICTURE))


def test_line_brush(canvas: Canvas, document: Document) -> None:
    canvas.set_tool(ToolName.LINE)
    thin = BrushSettings(9.0, hardness=0.8)
    canvas.set_brush(thin)
    surface = Surface.mask()
    for point in PATH:
        click(canvas, *point)
    corners = in_document(PATH)
    for start, end in pairwise(corners):
        surface = stroked(surface, thin, (start, end))
    assert np.array_equal(mask_at(document), surface.read(PICTURE))


def test_line_brush_along_a_crack(
    make_document: Callable[..., Document], make_canvas: Callable[..., Canvas], qtbot: QtBot
) -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.full((HEIGHT, WIDTH, 3), 40_000, np.uint16)
    pixels[np.abs(rows - (200 + 25 * np.sin(columns / 40))) < 1.5] = 4000
    document = make_document(pixels=pixels)
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-LEFT_PX - canvas.view.left, -TOP_PX - canvas.view.top)
    canvas.set_tool(ToolName.LINE)
    thin = BrushSettings(6.0, hardness=1.0)
    canvas.set_brush(thin)
    canvas.set_selection(SelectionSettings(is_snapping=True))
    ends = ((30, 160), (330, 130))
    for end in ends:
        click(canvas, *end)
    qtbot.waitUntil(lambda: not canvas.masking.is_busy, timeout=10_000)

    def read(rect: Rect, level: int) -> np.ndarray:
        return composite(document.stack, rect, level)

    color = ColorTransform(ColorProfile.of(None, 3))
    way = crack_path(read, PICTURE, *in_document(ends), 6.0, color)
    expected = stroked(Surface.mask(), thin, way).read(PICTURE)
    assert np.array_equal(mask_at(document), expected)
    on_crack = pixels[:, 140:420, 0] == 4000
    assert (expected[:, 140:420][on_crack] > 127).all()


def test_lasso(canvas: Canvas, document: Document, finished: Callable[[], None]) -> None:
    canvas.set_tool(ToolName.LASSO)
    around = [(60, 60), (160, 40), (250, 90), (230, 180), (140, 150), (70, 200)]
    drag(canvas, around)
    finished()
    expected = polygon(in_document(around), PICTURE).read(PICTURE)
    assert np.array_equal(mask_at(document), expected)


@pytest.mark.parametrize(
    ("keys", "combine"),
    [
        (SHIFT, np.logical_or),
        (ALT, lambda old, new: old & ~new),
        (SHIFT | ALT, np.logical_and),
    ],
    ids=["adds", "takes away", "keeps what both have"],
)
def test_a_rectangle_with_keys_held(
    canvas: Canvas,
    document: Document,
    finished: Callable[[], None],
    keys: Qt.KeyboardModifier,
    combine: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> None:
    canvas.set_tool(ToolName.RECTANGLE)
    drag(canvas, ((40, 40), (100, 80), (160, 120)))
    drag(canvas, ((90, 70), (150, 100), (230, 190)), keys)
    finished()
    old, new = np.zeros((2, HEIGHT, WIDTH), bool)
    old[90:170, 140:260] = True
    new[120:240, 190:330] = True
    assert np.array_equal(mask_at(document), 255 * combine(old, new).astype(np.uint8))


def test_select_by_loss(canvas: Canvas, document: Document, finished: Callable[[], None]) -> None:
    document.do("Found", document.stack.adding(LayerKind.MASK, "found"))
    bent = np.s_[150:210, 150:180], np.s_[190:210, 150:300]
    marked(document, *bent, np.s_[230:260, 200:240], number=1)
    canvas.set_tool(ToolName.LOSS)
    click(canvas, 60, 110)
    finished()
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    for place in bent:
        expected[place] = 255
    assert np.array_equal(mask_at(document), expected)
    click(canvas, 190, 150, ALT)
    finished()
    assert not mask_at(document).any(), "taken away with all that hangs on it"


def test_only_the_chosen_one_of_several_masks_is_painted_on(
    canvas: Canvas, document: Document
) -> None:
    document.do("New mask", document.stack.adding(LayerKind.MASK, "cracks"))
    first, second = document.stack.of_kind(LayerKind.MASK)
    canvas.set_brush(SOFT)
    canvas.set_mask_layer(second.id)
    drag(canvas, PATH)
    assert document.stack.layer(first.id) is first
    expected = stroked(Surface.mask(), SOFT, in_document(PATH)).read(PICTURE)
    assert np.array_equal(mask_at(document, 1), expected)
    canvas.set_mask_layer(first.id)
    click(canvas, 200, 200)
    assert np.array_equal(mask_at(document, 1), expected)
    dab = stroked(Surface.mask(), SOFT, in_document(((200, 200),)))
    assert np.array_equal(mask_at(document), dab.read(PICTURE))


@pytest.mark.parametrize(("color", "opacity"), [("#00ff00", 1.0), ("#2060c0", 0.35)])
def test_colour_and_opacity_of_a_mask_are_what_is_seen(
    canvas: Canvas,
    document: Document,
    settle: Callable[[Canvas], None],
    color: str,
    opacity: float,
) -> None:
    settle(canvas)
    bare = grabbed(canvas).astype(np.float64)
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    document.do("Look", document.stack.replacing(replace(mask, color=color, opacity=opacity)))
    canvas.set_brush(BrushSettings(50.0, hardness=0.2))
    drag(canvas, PATH)
    settle(canvas)
    share = mask_at(document)[SEEN][..., None] / 255 * opacity
    paint = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])
    assert np.abs(grabbed(canvas) - (bare * (1 - share) + paint * share)).max() <= 1.5


def grabbed(canvas: Canvas) -> U8:
    """Return the canvas's pixels, without the brush's outline."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()
