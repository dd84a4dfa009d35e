"""A real window driven by mouse and keys, for what walks through it and photographs it."""

import itertools
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEventLoop, QPoint, QRect, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from core.image.geometry import Point
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class WindowDriver:
    """Does what hands do. Points are in document pixels."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    @property
    def page(self) -> PaintingPage:
        """The painting that is shown."""
        page = self.window.page
        assert page is not None
        return page

    def has_page(self) -> bool:
        """Whether a painting is shown, in its final form."""
        return self.window.page is not None and self.window.page.canvas.is_settled

    def place(self, point: Point) -> QPoint:
        """Return where a document point lies in the canvas, in its own units."""
        canvas = self.page.canvas
        device = canvas.view.to_device(point)
        ratio = canvas.devicePixelRatioF()
        return QPoint(round(device.x / ratio), round(device.y / ratio))

    def stroke(
        self,
        points: Sequence[tuple[float, float]],
        modifiers: Qt.KeyboardModifier = NONE,
        *,
        is_released: bool = True,
    ) -> None:
        """Press at the first point, move through the others, release at the last."""
        canvas = self.page.canvas
        places = [self.place(Point(x, y)) for x, y in points]
        QTest.mousePress(canvas, LEFT, modifiers, places[0])
        for one, other in itertools.pairwise(places):
            for step in range(1, 9):
                QTest.mouseMove(canvas, one + (other - one) * step / 8)
                self.pause(0.004)
        if is_released:
            QTest.mouseRelease(canvas, LEFT, modifiers, places[-1])

    def click_at(self, point: tuple[float, float], modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Click the canvas."""
        place = self.place(Point(*point))
        QTest.mouseMove(self.page.canvas, place)
        QTest.mouseClick(self.page.canvas, LEFT, modifiers, place)
        self.pause(0.05)

    def hover(self, point: tuple[float, float]) -> None:
        """Move the pointer over the canvas, no button held."""
        QTest.mouseMove(self.page.canvas, self.place(Point(*point)))
        self.pause(0.05)

    def click(self, parent: QWidget, text: str) -> None:
        """Click the button of a text."""
        buttons = [button for button in parent.findChildren(QPushButton) if button.text() == text]
        QTest.mouseClick(buttons[0], LEFT)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Strike a key on the canvas."""
        self.page.canvas.setFocus()
        QTest.keyClick(self.page.canvas, key, modifiers)

    def photograph(self, rect: QRect | None = None) -> QPixmap:
        """Return the window as the screen shows it, or a part of it, once all is drawn."""
        if self.window.page is not None:
            self.wait(lambda: self.page.canvas.is_settled)
        self.pause(0.3)
        picture = self.window.screen().grabWindow(self.window.winId())
        return picture if rect is None else picture.copy(rect)

    def wait(self, is_done: Callable[[], bool], timeout_s: float = 300.0) -> None:
        """Let the window work until something holds. Raises TimeoutError."""
        end = time.monotonic() + timeout_s
        while not is_done():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")
            self.pause(0.01)

    def pause(self, seconds: float) -> None:
        """Let the window work for a while."""
        end = time.monotonic() + seconds
        while True:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
            if time.monotonic() >= end:
                return
            time.sleep(0.001)
