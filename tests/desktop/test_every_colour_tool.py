"""Each tool of hand retouch, by real mouse events: every sample is the one it has to be, in 16 bit.

What has to be is computed by core, from the same points, or written down as a formula.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.image.blend_modes import BlendMode
from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.geometry import Point, Rect
from core.image.heal import HealStroke
from core.image.paint import ClonePaint, FlatPaint
from core.image.retouch_stroke import RetouchStroke
from core.image.smudge import SmudgeStroke
from core.image.surface import U16, Surface
from desktop.canvas import Canvas
from desktop.retouch_settings import RetouchSettings
from desktop.tools import BrushSettings, ToolName

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
WIDTH, HEIGHT = 600, 400
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LEFT_PX, TOP_PX = 100, 50
"""The canvas shows the document from here on at 100 %."""
RED = (60000, 5000, 9000)
SOFT = BrushSettings(40.0, hardness=0.4, opacity=0.8)
PATH = ((60, 60), (130, 75), (180, 140))
FROM = (300, 200)


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    """A gradient with grain."""
    x, y = np.linspace(8000, 52000, WIDTH)[None, :], np.linspace(9000, 45000, HEIGHT)[:, None]
    smooth = np.stack([x + 0 * y, y + 0 * x, (x + y) / 2], -1)
    grain = np.random.default_rng(0).integers(-1500, 1500, smooth.shape)
    return make_document(pixels=(smooth + grain).astype(np.uint16))


@pytest.fixture
def canvas(document: Document, make_canvas: Callable[..., Canvas]) -> Canvas:
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-LEFT_PX - canvas.view.left, -TOP_PX - canvas.view.top)
    canvas.set_retouch(True, None)
    canvas.retouching.colors.use(RED)
    canvas.retouching.layer_made.connect(lambda layer_id: canvas.set_retouch(True, layer_id))
    return canvas


def take(canvas: Canvas, tool: ToolName) -> None:
    """Take a tool, with the soft brush."""
    canvas.set_tool(tool)
    canvas.set_brush(SOFT)


def drag(canvas: Canvas, points: Sequence[tuple[int, int]] = PATH) -> None:
    places = [QPoint(*point) for point in points]
    QTest.mousePress(canvas, LEFT, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, NONE, places[-1])


def in_document(points: Sequence[tuple[int, int]] = PATH) -> list[Point]:
    return [Point(x + LEFT_PX, y + TOP_PX) for x, y in points]


def brush_of(settings: BrushSettings = SOFT) -> Brush:
    return Brush(
        settings.size_px / 2,
        settings.hardness,
        settings.opacity,
        pressure_size=True,
        flow=settings.flow,
    )


def led(stroke: RetouchStroke | SmudgeStroke, points: Sequence[Point]) -> U16:
    """Return the retouch surface's samples after a stroke."""
    for point in points:
        stroke.to(point)
    return stroke.finish().read(PICTURE)


def retouch(document: Document) -> U16:
    (layer,) = document.stack.of_kind(LayerKind.RETOUCH)
    return layer.pixels.read(PICTURE)


def source(rect: Rect, document: Document) -> U16:
    found = document.stack.layers[0].source
    assert found is not None
    return found.read(rect)


def seen(document: Document) -> U16:
    return composite(document.stack, PICTURE)


def coverage() -> np.ndarray:
    """Return how densely the soft brush covers along PATH, (h, w, 1) of 1."""
    wash = Stroke(Brush(20.0, 0.4), Surface.mask(), MaskPaint(), PICTURE)
    for point in in_document():
        wash.to(point)
    return wash.finish().read(PICTURE)[..., None] / 255 * SOFT.opacity


def test_brush(canvas: Canvas, document: Document) -> None:
    take(canvas, ToolName.BRUSH)
    drag(canvas)
    stroke = RetouchStroke(brush_of(), Surface.retouch(3), FlatPaint(RED), PICTURE)
    assert np.array_equal(retouch(document), led(stroke, in_document()))


def test_brush_with_flow(canvas: Canvas, document: Document) -> None:
    settings = BrushSettings(40.0, hardness=0.4, opacity=0.8, flow=0.2)
    canvas.set_brush(settings)
    drag(canvas)
    stroke = RetouchStroke(brush_of(settings), Surface.retouch(3), FlatPaint(RED), PICTURE)
    assert np.array_equal(retouch(document), led(stroke, in_document()))


@pytest.mark.parametrize("mode", list(BlendMode))
def test_blend_modes(canvas: Canvas, document: Document, mode: BlendMode) -> None:
    below = seen(document) / 65535
    canvas.set_retouch_options(RetouchSettings(mode=mode))
    take(canvas, ToolName.BRUSH)
    drag(canvas)
    alpha = coverage()
    expected = below * (1 - alpha) + meeting(mode, np.array(RED) / 65535, below) * alpha
    assert np.abs(seen(document) / 65535 - expected).max() < 2 / 65535
    assert alpha.max() == pytest.approx(0.8)


def meeting(mode: BlendMode, paint: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return what a colour makes of the picture: W3C, Compositing and Blending, §9 and 10."""
    luma = np.array([0.3, 0.59, 0.11])
    if mode is BlendMode.NORMAL:
        return paint + 0 * below
    if mode is BlendMode.MULTIPLY:
        return paint * below
    if mode is BlendMode.SCREEN:
        return 1 - (1 - paint) * (1 - below)
    color, tone = (paint + 0 * below, below) if mode is BlendMode.COLOR else (below, paint)
    lightness = (tone @ luma)[..., None]
    moved = color + lightness - (color @ luma)[..., None]
    low, high = moved.min(-1, keepdims=True), moved.max(-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = lightness + (moved - lightness) * lightness / (lightness - low)
        moved = np.where(low < 0, up, moved)
        down = lightness + (moved - lightness) * (1 - lightness) / (high - lightness)
        return np.where(high > 1, down, moved)


def test_picker(canvas: Canvas, document: Document) -> None:
    take(canvas, ToolName.BRUSH)
    QTest.mouseClick(canvas, LEFT, ALT, QPoint(*FROM))
    picked = source(Rect(400, 250, 1, 1), document)[0, 0]
    assert canvas.retouching.colors.current == tuple(picked)
    drag(canvas)
    stroke = RetouchStroke(
        brush_of(), Surface.retouch(3), FlatPaint(tuple(map(int, picked))), PICTURE
    )
    assert np.array_equal(retouch(document), led(stroke, in_document()))


def test_clone_stamp(canvas: Canvas, document: Document) -> None:
    take(canvas, ToolName.CLONE)
    QTest.mouseClick(canvas, LEFT, ALT, QPoint(*FROM))
    drag(canvas)
    offset = FROM[0] - PATH[0][0], FROM[1] - PATH[0][1]
    painting = source(PICTURE, document) / 65535
    moved = np.roll(painting, (-offset[1], -offset[0]), (0, 1))
    expected = painting * (1 - coverage()) + moved * coverage()
    assert np.abs(seen(document) / 65535 - expected).max() < 2 / 65535


def test_heal(canvas: Canvas, document: Document) -> None:
    def painting(rect: Rect) -> U16:
        return source(rect, document)

    take(canvas, ToolName.HEAL)
    QTest.mouseClick(canvas, LEFT, ALT, QPoint(*FROM))
    drag(canvas)
    canvas.end_stroke()
    canvas.retouching.settle()
    clone = ClonePaint(painting, FROM[0] - PATH[0][0], FROM[1] - PATH[0][1], PICTURE)
    stroke = HealStroke(brush_of(), Surface.retouch(3), clone, PICTURE, None, painting, None)
    assert np.array_equal(retouch(document), led(stroke, in_document()))


def test_smudge(canvas: Canvas, document: Document) -> None:
    take(canvas, ToolName.SMUDGE)
    drag(canvas)
    stroke = SmudgeStroke(
        brush_of(), Surface.retouch(3), lambda rect: source(rect, document), PICTURE
    )
    assert np.array_equal(retouch(document), led(stroke, in_document()))


def test_eraser(canvas: Canvas, document: Document) -> None:
    take(canvas, ToolName.BRUSH)
    drag(canvas)
    painted = document.stack.of_kind(LayerKind.RETOUCH)[0].pixels
    way = ((90, 30), (150, 170))
    take(canvas, ToolName.ERASER)
    drag(canvas, way)
    stroke = RetouchStroke(brush_of(), painted, Erase(), PICTURE)
    expected = led(stroke, in_document(way))
    assert not np.array_equal(expected, painted.read(PICTURE))
    assert np.array_equal(retouch(document), expected)


def test_stay_in_mask(canvas: Canvas, document: Document, qtbot: QtBot) -> None:
    stack = document.stack
    soft = np.zeros((HEIGHT, WIDTH), np.uint8)
    soft[100:200, 180:260] = np.linspace(0, 255, 80).astype(np.uint8)
    mask = stack.of_kind(LayerKind.MASK)[0]
    document.do("Mark", stack.with_surface(mask.id, mask.pixels.writing(PICTURE, soft)))
    take(canvas, ToolName.BRUSH)
    drag(canvas)
    stroke = RetouchStroke(
        brush_of(),
        Surface.retouch(3),
        FlatPaint(RED),
        PICTURE,
        lambda rect: soft[rect.slices(PICTURE)],
    )
    expected = led(stroke, in_document())
    assert not expected[soft == 0].any()
    assert expected[..., 3].max() > 30000
    assert np.array_equal(retouch(document), expected)
