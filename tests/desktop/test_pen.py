"""The pen on the canvas: pressure, eraser end, and releases that never come."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.geometry import Point, Rect
from core.image.surface import U8, Surface
from desktop import pointer
from desktop.canvas import Canvas
from desktop.pen import PenFeel
from desktop.tools import BrushSettings, ToolName

PRESS, MOVE, RELEASE = QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease
ABILITIES = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
PEN, ERASER_END = (
    QPointingDevice(kind.name, number, QInputDevice.DeviceType.Stylus, kind, ABILITIES, 1, 3)
    for number, kind in enumerate(
        (QPointingDevice.PointerType.Pen, QPointingDevice.PointerType.Eraser), 1000
    )
)

PICTURE = Rect(0, 0, 700, 500)
BY_PRESSURE = {"pressure_size": True, "pressure_opacity": True}


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    return make_document(700, 500)


@pytest.fixture
def canvas(document: Document, make_canvas: Callable[..., Canvas]) -> Canvas:
    """A canvas at 100 %, its corner at the document's, with a hard brush of 40 px."""
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-canvas.view.left, -canvas.view.top)
    canvas.set_brush(BrushSettings(40.0, hardness=1.0))
    return canvas


def pen(
    canvas: Canvas,
    kind: QEvent.Type,
    x: float,
    y: float,
    pressure: float,
    device: QPointingDevice = PEN,
    tilt: float = 0.0,
) -> QTabletEvent:
    at = QPointF(x, y)
    is_move = kind == MOVE
    event = QTabletEvent(
        kind,
        device,
        at,
        canvas.mapToGlobal(at),
        pressure,
        tilt,
        0.0,
        0.0,
        0.0,
        0.0,
        Qt.KeyboardModifier.NoModifier,
        Qt.MouseButton.NoButton if is_move else Qt.MouseButton.LeftButton,
        Qt.MouseButton.NoButton if pressure == 0.0 else Qt.MouseButton.LeftButton,
    )
    QApplication.sendEvent(canvas, event)
    return event


def led(
    canvas: Canvas,
    way: Sequence[tuple[float, float, float]],
    device: QPointingDevice = PEN,
    tilts: Sequence[float] = (),
) -> None:
    """Lead a pen over places of the canvas, pressed so firmly at each, and lift it."""
    for number, (x, y, pressure) in enumerate(way):
        tilt = tilts[number] if tilts else 0.0
        pen(canvas, MOVE if number else PRESS, x, y, pressure, device, tilt)
    pen(canvas, RELEASE, *way[-1][:2], 0.0, device)


def stroked(
    before: Surface,
    brush: Brush,
    way: Sequence[tuple[float, float, float]],
    paint: MaskPaint | Erase | None = None,
) -> Surface:
    """Return what core makes of the same stroke."""
    stroke = Stroke(brush, before, paint or MaskPaint(), PICTURE)
    for x, y, pressure in way:
        stroke.to(Point(x, y), pressure)
    return stroke.finish()


def coverage(document: Document) -> U8:
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    return mask.pixels.read(document.stack.rect)


def test_pressure_sizes_the_stroke(canvas: Canvas, document: Document) -> None:
    assert pen(canvas, PRESS, 50, 100, 0.25).isAccepted(), "else Qt sends mouse events too"
    for step in range(1, 11):
        pen(canvas, MOVE, 50 + 20 * step, 100, 0.25 + 0.075 * step)
    pen(canvas, RELEASE, 250, 100, 0.0)
    widths = (coverage(document) > 127).sum(0)
    assert widths[60] < 15
    assert widths[240] > 35
    assert document.history.position == 1


def test_every_sample_follows_the_pressure(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(BrushSettings(40.0, hardness=0.5, pressure_opacity=True))
    way = [(50.0 + 20 * step, 100.0 + 3 * step, 0.2 + 0.07 * step) for step in range(11)]
    led(canvas, way)
    expected = stroked(Surface.mask(), Brush(20.0, 0.5, **BY_PRESSURE), way)
    assert np.array_equal(coverage(document), expected.read(PICTURE))


def test_pressure_may_drive_opacity_instead(canvas: Canvas, document: Document) -> None:
    canvas.set_brush(BrushSettings(40.0, hardness=1.0, pressure_size=False, pressure_opacity=True))
    pen(canvas, PRESS, 50, 100, 0.5)
    pen(canvas, MOVE, 90, 100, 0.5)
    pen(canvas, RELEASE, 90, 100, 0.0)
    marked = coverage(document)
    assert marked.max() == pytest.approx(128, abs=1)
    assert (marked > 64).sum(0)[70] == pytest.approx(40, abs=1)


def test_the_pens_other_end_erases(canvas: Canvas, document: Document) -> None:
    pen(canvas, PRESS, 50, 100, 1.0)
    pen(canvas, MOVE, 150, 100, 1.0)
    pen(canvas, RELEASE, 150, 100, 0.0)
    before = np.count_nonzero(coverage(document))
    pen(canvas, PRESS, 100, 100, 1.0, ERASER_END)
    pen(canvas, MOVE, 101, 100, 1.0, ERASER_END)
    pen(canvas, RELEASE, 101, 100, 0.0, ERASER_END)
    assert document.history.commands[-1].label == "Erase mask"
    assert np.count_nonzero(coverage(document)) < before


def test_the_eraser_end_takes_away_by_its_pressure(canvas: Canvas, document: Document) -> None:
    led(canvas, [(50.0, 100.0, 1.0), (250.0, 130.0, 1.0)])
    painted = document.stack.of_kind(LayerKind.MASK)[0].pixels
    canvas.set_tool(ToolName.ERASER)
    canvas.set_brush(BrushSettings(30.0, hardness=0.6, pressure_opacity=True))
    canvas.set_tool(ToolName.BRUSH)
    way = [(100.0, 60.0, 0.3), (130.0, 110.0, 0.6), (150.0, 180.0, 0.9)]
    led(canvas, way, ERASER_END)
    expected = stroked(painted, Brush(15.0, 0.6, **BY_PRESSURE), way, Erase())
    assert not np.array_equal(expected.read(PICTURE), painted.read(PICTURE))
    assert np.array_equal(coverage(document), expected.read(PICTURE))


def test_a_pen_out_of_reach_ends_the_stroke(canvas: Canvas, document: Document) -> None:
    pen(canvas, PRESS, 50, 100, 1.0)
    pen(canvas, MOVE, 150, 100, 1.0)
    application = QApplication.instance()
    assert application is not None
    QApplication.sendEvent(application, QEvent(QEvent.Type.TabletLeaveProximity))
    assert document.history.position == 1
    assert coverage(document)[100, 140] == 255


def test_a_pen_that_falls_silent_ends_the_stroke_and_may_go_on(
    canvas: Canvas, document: Document, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    canvas._pointer._silence.setInterval(20)
    pen(canvas, PRESS, 50, 100, 1.0)
    pen(canvas, MOVE, 150, 100, 1.0)
    qtbot.waitUntil(lambda: document.history.position == 1, timeout=1000)
    pen(canvas, MOVE, 250, 100, 1.0)
    pen(canvas, MOVE, 300, 100, 1.0)
    pen(canvas, RELEASE, 300, 100, 0.0)
    assert document.history.position == 2
    assert coverage(document)[100, 290] == 255
    assert coverage(document)[100, 200] == 0, "where it was silent nothing is made up"


def test_losing_the_window_ends_the_pens_stroke(canvas: Canvas, document: Document) -> None:
    pen(canvas, PRESS, 50, 100, 1.0)
    pen(canvas, MOVE, 150, 100, 1.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.WindowDeactivate))
    assert document.history.position == 1


def test_a_pen_laid_flat_presses_harder_if_tilt_counts(canvas: Canvas, document: Document) -> None:
    widths = []
    for tilt in (0.0, 60.0):
        canvas.set_hand(PenFeel(tilt=1.0), 0.0)
        y = 100 + 2 * tilt
        pen(canvas, PRESS, 50, y, 0.4, tilt=tilt)
        pen(canvas, MOVE, 250, y, 0.4, tilt=tilt)
        pen(canvas, RELEASE, 250, y, 0.0)
        rows = coverage(document)[int(y) - 40 : int(y) + 40]
        widths.append(int((rows > 127).sum(0)[150]))
    assert widths == pytest.approx([16, 32], abs=2)


def test_every_sample_follows_the_tilt(canvas: Canvas, document: Document) -> None:
    canvas.set_hand(PenFeel(tilt=0.5), 0.0)
    canvas.set_brush(BrushSettings(40.0, hardness=0.5))
    tilts = (0.0, 15.0, 30.0, 45.0, 60.0)
    way = [(50.0 + 50 * step, 100.0 + 8 * step, 0.5) for step in range(len(tilts))]
    led(canvas, way, tilts=tilts)
    felt = [(x, y, p * (1 + 0.5 * tilt / 60)) for (x, y, p), tilt in zip(way, tilts, strict=True)]
    expected = stroked(Surface.mask(), Brush(20.0, 0.5, pressure_size=True), felt)
    assert np.array_equal(coverage(document), expected.read(PICTURE))


def test_a_firmer_pen_paints_thinner(canvas: Canvas, document: Document) -> None:
    canvas.set_hand(PenFeel(firmness=2.0), 0.0)
    pen(canvas, PRESS, 50, 100, 0.5)
    pen(canvas, MOVE, 250, 100, 0.5)
    pen(canvas, RELEASE, 250, 100, 0.0)
    assert (coverage(document) > 127).sum(0)[150] == pytest.approx(10, abs=1)


def test_smoothing_steadies_the_pen_and_ends_where_it_ends(
    canvas: Canvas, document: Document
) -> None:
    canvas.set_brush(BrushSettings(8.0, hardness=1.0, pressure_size=False))

    def zigzag(y: int) -> int:
        pen(canvas, PRESS, 50, y, 1.0)
        for step in range(1, 50):
            pen(canvas, MOVE, 50 + 4 * step, y + 12 * (-1) ** step, 1.0)
        pen(canvas, RELEASE, 250, y, 0.0)
        rows = np.flatnonzero((coverage(document)[y - 40 : y + 40, 100:200] > 127).any(1))
        return int(rows.max() - rows.min())

    rough = zigzag(80)
    canvas.set_hand(PenFeel(), 40.0)
    smooth = zigzag(200)
    assert rough > 25
    assert smooth < 14
    assert coverage(document)[200, 249] == 255
    assert document.history.position == 2


def test_a_smoothed_stroke_whose_release_is_lost_is_kept_whole(
    canvas: Canvas, document: Document
) -> None:
    canvas.set_hand(PenFeel(), 40.0)
    pen(canvas, PRESS, 50, 100, 1.0)
    pen(canvas, MOVE, 150, 100, 1.0)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.WindowDeactivate))
    assert document.history.position == 1
    assert coverage(document)[100, 149] == 255


def test_a_hovering_pen_paints_nothing(canvas: Canvas, document: Document) -> None:
    places: list[object] = []
    canvas.hovered.connect(places.append)
    pen(canvas, MOVE, 50, 100, 0.0)
    pen(canvas, MOVE, 150, 100, 0.0)
    assert document.history.position == 0
    assert not document.is_previewing
    assert len(places) == 2


def test_a_pens_patience_is_longer_than_a_still_hand() -> None:
    assert pointer._PEN_SILENCE_MS >= 1000
