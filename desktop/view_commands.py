"""The View menu: zoom, before and after, turning, the surround, hiding panels, full screen."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QMainWindow, QWidget

from desktop.actions import Actions
from desktop.blinking import Blinking
from desktop.canvas import Canvas
from desktop.dialogs.turn_dialog import TurnDialog
from desktop.painting_page import PaintingPage
from desktop.turning import STEP_DEGREES


class ViewCommands(QObject):
    """Acts on the canvas that is shown and on the window around it. GUI thread only."""

    def __init__(
        self,
        actions: Actions,
        shown: Callable[[], PaintingPage | None],
        window: QMainWindow,
        panels: Sequence[QWidget],
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self._shown = shown
        self._window = window
        self._panels = panels
        self._were_shown: list[QWidget] = []
        self._is_welcome = False
        self._state = QByteArray()
        self._blinking = Blinking(self)
        self._on_canvas("zoom_in", Canvas.zoom_in)
        self._on_canvas("zoom_out", Canvas.zoom_out)
        self._on_canvas("fit", Canvas.fit)
        self._on_canvas("actual", lambda canvas: canvas.zoom_to(1.0))
        self._on_canvas("original", self._show_original)
        self._on_canvas("assessment", lambda canvas: canvas.set_assessment(self._is("assessment")))
        self._on_canvas("split", lambda canvas: canvas.set_split(self._is("split")))
        self._on_canvas("blink", self._blink)
        self._on_page("beside", lambda page: page.frame.set_beside(self._is("beside")))
        self._on_canvas("turn_right", lambda canvas: canvas.turn(1))
        self._on_canvas("turn_left", lambda canvas: canvas.turn(-1))
        self._on_canvas("turn_right_step", lambda canvas: canvas.turn_by(STEP_DEGREES))
        self._on_canvas("turn_left_step", lambda canvas: canvas.turn_by(-STEP_DEGREES))
        self._on_canvas("turn_by", self._ask_turn)
        self._on_canvas("mirror", Canvas.mirror)
        self._on_canvas("upright", Canvas.set_upright)
        actions.on("panels", self._show_panels)
        actions.on("full_screen", self._toggle_full_screen)

    def follow(self, page: PaintingPage | None) -> None:
        """Let the checks speak of the canvas that is shown now; the welcome page stands alone."""
        self._is_welcome = page is None
        if page is None or page.canvas is not self._blinking.canvas:
            self._actions["blink"].setChecked(False)
            self._blinking.stop()
        self._show_panels()
        if page is not None:
            is_original = page.canvas.is_original_shown and not self._is("blink")
            self._actions["original"].setChecked(is_original)
            self._actions["split"].setChecked(page.canvas.looking.split.is_shown)
            self._actions["beside"].setChecked(page.frame.original_view is not None)
            page.canvas.set_assessment(self._is("assessment"))

    def dock_state(self) -> QByteArray:
        """Return how docks and bars stand, or stood before they were hidden all together."""
        is_known = self._were_shown and not self._state.isEmpty()
        return self._state if is_known else self._window.saveState()

    def _is(self, name: str) -> bool:
        return self._actions[name].isChecked()

    def _on_canvas(self, name: str, function: Callable[[Canvas], object]) -> None:
        self._on_page(name, lambda page: function(page.canvas))

    def _on_page(self, name: str, function: Callable[[PaintingPage], object]) -> None:
        def act() -> None:
            page = self._shown()
            if page is not None:
                function(page)

        self._actions.on(name, act)

    def _show_original(self, canvas: Canvas) -> None:
        self._actions["blink"].setChecked(False)
        self._blinking.stop()
        canvas.set_show_original(self._is("original"))

    def _blink(self, canvas: Canvas) -> None:
        self._actions["original"].setChecked(False)
        if self._is("blink"):
            self._blinking.start(canvas)
        else:
            self._blinking.stop()

    def _ask_turn(self, canvas: Canvas) -> None:
        dialog = TurnDialog(canvas.orientation, self._window)
        dialog.turned.connect(canvas.orient)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_panels(self) -> None:
        """Hide all around the canvas, or show again what was there."""
        are_hidden = self._is_welcome or self._is("panels")
        if are_hidden and not self._were_shown:
            # A window never shown yet has no sizes worth remembering.
            self._state = self._window.saveState() if self._window.isVisible() else QByteArray()
            self._were_shown = [panel for panel in self._panels if not panel.isHidden()]
            for panel in self._were_shown:
                panel.hide()
        elif not are_hidden:
            for panel in self._were_shown:
                panel.show()
            if not self._state.isEmpty():
                self._window.restoreState(self._state)
            self._were_shown = []

    def _toggle_full_screen(self) -> None:
        if self._is("full_screen"):
            self._window.showFullScreen()
        else:
            self._window.showNormal()
