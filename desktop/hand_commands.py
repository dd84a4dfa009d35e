"""Keys, pen and menus: what the user's hands can be given otherwise."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from desktop.canvas_menu import fill_canvas_menu
from desktop.dialogs.hand_dialog import MAX_FIRMNESS, HandDialog
from desktop.dialogs.shortcuts_dialog import ShortcutsDialog
from desktop.painting_page import PaintingPage
from desktop.pen import PenFeel
from desktop.reach import Reach
from desktop.shortcuts import HELD, HOLD_ORIGINAL, HOLD_PAN, HOLD_TURN, Keymap, held_key
from desktop.toolbox import Toolbox

_LONGEST_STRING_PX = 80.0


class HandCommands(QObject):
    """GUI thread only. `areas` are what F6 goes through, in this order, after the canvas."""

    def __init__(self, reach: Reach, toolbox: Toolbox, areas: Sequence[QWidget]) -> None:
        super().__init__(reach.window)
        self._reach = reach
        actions = reach.actions
        self._toolbox = toolbox
        self._areas = areas
        actions.on("shortcuts", self._ask_keys)
        actions.on("hand", self._ask_hand)
        actions.on("next_area", self._go_on)

    def adopt(self, page: PaintingPage) -> None:
        """Give a new page keys and pen; answer when it wants its menu."""
        self._apply(page)
        page.canvas.menu_asked.connect(self._show_menu)

    def follow(self, page: PaintingPage | None) -> None:
        """Let the page that is shown now have what was changed meanwhile."""
        if page is not None:
            self._apply(page)

    @property
    def keymap(self) -> Keymap:
        """The keys as they are."""
        return Keymap(
            {**self._reach.actions.own_keys(), **HELD}, self._reach.preferences.settings.keys
        )

    def set_keymap(self, keymap: Keymap) -> None:
        """Use other keys from now on."""
        self._reach.preferences.change(keys=dict(keymap.chosen))
        self._reach.actions.rebind(keymap.chosen)
        self.follow(self._reach.shown())

    def set_hand(self, smoothing: float, feel: PenFeel) -> None:
        """Smooth strokes so many percent, and feel the pen so."""
        self._reach.preferences.change(
            smoothing=smoothing, pen_firmness=feel.firmness, pen_tilt=feel.tilt
        )
        self.follow(self._reach.shown())

    @property
    def feel(self) -> PenFeel:
        """How the pen is felt."""
        settings = self._reach.preferences.settings
        firmness = min(max(settings.pen_firmness, 1 / MAX_FIRMNESS), MAX_FIRMNESS)
        return PenFeel(firmness, min(settings.pen_tilt, 1.0))

    def _apply(self, page: PaintingPage) -> None:
        canvas, keymap = page.canvas, self.keymap
        share = min(self._reach.preferences.settings.smoothing, 100.0) / 100
        canvas.set_hand(self.feel, share * _LONGEST_STRING_PX)
        pan, original, turn = (
            held_key("".join(keymap.keys(name)), HELD[name][0])
            for name in (HOLD_PAN, HOLD_ORIGINAL, HOLD_TURN)
        )
        canvas.set_held_keys(pan, original, turn)

    def _ask_keys(self) -> None:
        texts = self._reach.actions.plain_texts()
        texts[HOLD_PAN] = self.tr("Pan (while held)")
        texts[HOLD_TURN] = self.tr("Turn the View (while held)")
        texts[HOLD_ORIGINAL] = self.tr("Show the Original (while held)")
        dialog = ShortcutsDialog(self.keymap, texts, self._reach.window)
        dialog.changed.connect(self.set_keymap)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _ask_hand(self) -> None:
        dialog = HandDialog(
            self._reach.preferences.settings.smoothing, self.feel, self._reach.window
        )
        dialog.changed.connect(self.set_hand)
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def _show_menu(self, at: QPoint) -> None:
        page = self._reach.shown()
        if page is not None:
            menu = QMenu(self._reach.window)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            fill_canvas_menu(menu, page, self._reach.actions, self._toolbox)
            menu.popup(at)

    def _go_on(self) -> None:
        """Give the keyboard to the next part of the window: canvas, bars, docks, and round."""
        page = self._reach.shown()
        if page is None:
            return
        shown = [area for area in self._areas if area.isVisible() and _first_in(area) is not None]
        focus = QApplication.focusWidget()
        current = next(
            (n for n, area in enumerate(shown) if focus is not None and area.isAncestorOf(focus)),
            -1,
        )
        area = shown[current + 1] if current + 1 < len(shown) else None
        first = page.canvas if area is None else _first_in(area)
        if first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)


def _first_in(area: QWidget) -> QWidget | None:
    """Return the first widget of an area that takes the keyboard."""
    widget = area.nextInFocusChain()
    while widget is not None and widget is not area:
        takes_tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_tab and area.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            return widget
        widget = widget.nextInFocusChain()
    return None
