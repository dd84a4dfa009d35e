"""The menu on the canvas: tool, size, layer, zoom, restore."""

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from desktop.actions import TOOLS, Actions
from desktop.painting_page import PaintingPage
from desktop.toolbox import Toolbox
from desktop.units import Units

_SIZES_PX = (3, 6, 12, 25, 50, 100, 200, 400)
_ZOOM = ("zoom_in", "zoom_out", "fit", "actual")
_SEEING = ("original", "split", "beside")


def fill_canvas_menu(menu: QMenu, page: PaintingPage, actions: Actions, toolbox: Toolbox) -> None:
    """Fill a menu with what one wants near the hand, as things stand now."""
    tools = menu.addMenu(_tr("Tool"))
    for name in TOOLS:
        tools.addAction(actions[name])
    _add_sizes(menu.addMenu(_tr("Brush Size")), page, toolbox)
    _add_layers(menu.addMenu(_tr("Layer")), page)
    menu.addSeparator()
    for name in _ZOOM:
        menu.addAction(actions[name])
    menu.addMenu(actions.submenus["turn"])
    menu.addSeparator()
    for name in _SEEING:
        menu.addAction(actions[name])
    menu.addSeparator()
    for name in ("undo", "redo", "restore"):
        menu.addAction(actions[name])


def _add_sizes(menu: QMenu, page: PaintingPage, toolbox: Toolbox) -> None:
    units = Units(dpi=page.session.dpi)
    current = round(toolbox.current.size_px)
    group = QActionGroup(menu)
    for size in sorted({*_SIZES_PX, current}):
        action = menu.addAction(units.length(size))
        action.setCheckable(True)
        action.setChecked(size == current)
        group.addAction(action)
        action.triggered.connect(
            lambda _checked=False, size=size: toolbox.set_current(
                toolbox.current.sized(float(size))
            )
        )


def _add_layers(menu: QMenu, page: PaintingPage) -> None:
    layers = page.session.layers
    group = QActionGroup(menu)
    for layer in reversed(layers.stack.layers):
        action = menu.addAction(layer.name.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(layer.id == layers.selected_id)
        group.addAction(action)
        action.triggered.connect(partial(_choose, page, layer.id))


def _choose(page: PaintingPage, layer_id: int, _checked: bool = False) -> None:
    page.canvas.end_stroke()
    page.session.layers.select(layer_id)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CanvasMenu", text)
