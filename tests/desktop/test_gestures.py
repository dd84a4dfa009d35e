"""The hand and the pick tool at work, by real events, against the pixels on the screen."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.color_well import ColorWell
from desktop.tools import ToolName

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
Settle = Callable[[Canvas], None]


def grabbed(canvas: Canvas) -> U8:
    """Return the canvas's pixels, (height, width, 3)."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


@pytest.fixture
def canvas(
    make_document: Callable[..., Document], make_canvas: Callable[..., Canvas], settle: Settle
) -> Canvas:
    """A canvas of 400 × 300 at 100 %, its corner at the document's (100, 50)."""
    canvas = make_canvas(make_document(700, 500))
    canvas.zoom_to(1.0)
    canvas.pan_by(-100 - canvas.view.left, -50 - canvas.view.top)
    settle(canvas)
    return canvas


def pen(canvas: Canvas, kind: QEvent.Type, x: int, y: int, pressure: float) -> None:
    at, device = QPointF(x, y), QPointingDevice.primaryPointingDevice()
    event = QTabletEvent(
        kind, device, at, canvas.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, NONE, LEFT, LEFT
    )
    QApplication.sendEvent(canvas, event)


@pytest.mark.parametrize("is_pen", [False, True])
def test_the_hand_moves_every_pixel_by_as_much_as_it_moves(
    canvas: Canvas, settle: Settle, is_pen: bool
) -> None:
    before = grabbed(canvas)
    canvas.set_tool(ToolName.PAN)
    if is_pen:
        pen(canvas, QEvent.Type.TabletPress, 200, 150, 0.5)
        pen(canvas, QEvent.Type.TabletMove, 215, 160, 0.5)
        pen(canvas, QEvent.Type.TabletMove, 230, 130, 0.5)
        pen(canvas, QEvent.Type.TabletRelease, 230, 130, 0.0)
    else:
        QTest.mousePress(canvas, LEFT, NONE, QPoint(200, 150))
        QTest.mouseMove(canvas, QPoint(215, 160))
        QTest.mouseMove(canvas, QPoint(230, 130))
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(230, 130))
    settle(canvas)
    assert np.array_equal(grabbed(canvas)[:-20, 30:], before[20:, :-30])


def test_the_picked_colour_is_the_one_under_the_pointer(qtbot: object, canvas: Canvas) -> None:
    seen = grabbed(canvas)[40, 30]
    canvas.set_tool(ToolName.PICK)
    QTest.mouseClick(canvas, LEFT, NONE, QPoint(30, 40))
    colors = canvas.retouching.colors
    source = canvas._document.stack.layers[0].source
    assert colors.current == tuple(source.pixels[90, 130])  # type: ignore[union-attr]
    well = ColorWell()
    well.show_colors(colors)
    shown = well.grab().toImage().pixelColor(13, 13)
    assert (shown.red(), shown.green(), shown.blue()) == tuple(seen)
    well.show_colors(None)
