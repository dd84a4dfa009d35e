"""The canvas with what stands around it: rulers, and the original beside it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from core.image.geometry import Point
from desktop.canvas import Canvas
from desktop.original_view import OriginalView
from desktop.ruler import THICKNESS_PX, Ruler
from desktop.theme import scaled_font
from desktop.units import Unit, Units

_GAP_PX = 3


class CanvasFrame(QWidget):
    """GUI thread only. unit_asked(Unit): the corner between the rulers was clicked."""

    unit_asked = Signal(object)

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._units = Units()
        self._beside: OriginalView | None = None
        self._across, self._down = Ruler(False, self), Ruler(True, self)
        self._corner = QToolButton(self)
        self._corner.setFixedSize(THICKNESS_PX, THICKNESS_PX)
        self._corner.setFont(scaled_font(self._corner, 0.78))
        self._corner.setStyleSheet("padding: 0; border-radius: 0;")
        self._corner.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._corner.setToolTip(self.tr("Unit of rulers and grid; click for the next one"))
        self._corner.setAccessibleName(self.tr("Unit"))
        self._corner.clicked.connect(self._ask_next_unit)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self._corner, 0, 2)
        grid.addWidget(self._across, 0, 3)
        grid.addWidget(self._down, 1, 2)
        grid.addWidget(canvas, 1, 3)
        grid.setColumnStretch(3, 1)
        grid.setRowStretch(1, 1)
        self._grid = grid
        self.set_rulers(False)
        canvas.moved.connect(self._follow)
        canvas.hovered.connect(self._hovered)

    @property
    def has_rulers(self) -> bool:
        """Whether the rulers are shown."""
        return not self._across.isHidden()

    def set_rulers(self, is_shown: bool) -> None:
        """Show the rulers, or hide them."""
        for widget in (self._corner, self._across, self._down):
            widget.setVisible(is_shown)
        self._follow()

    def set_units(self, units: Units) -> None:
        """Count in other units."""
        self._units = units
        self._corner.setText(units.shown.value)
        self._canvas.looking.set_units(units)
        self._follow()

    @property
    def original_view(self) -> OriginalView | None:
        """The original beside the canvas, if it is shown."""
        return self._beside

    def set_beside(self, is_shown: bool) -> None:
        """Show the original at the canvas's left, or the canvas alone."""
        if is_shown and self._beside is None:
            self._beside = OriginalView(self._canvas, self)
            self._grid.addWidget(self._beside, 1, 0)
            self._beside.show()
        elif not is_shown and self._beside is not None:
            self._grid.removeWidget(self._beside)
            self._beside.hide()
            self._beside.deleteLater()
            self._beside = None
        self._grid.setColumnStretch(0, int(is_shown))
        self._grid.setColumnMinimumWidth(1, _GAP_PX if is_shown else 0)

    def _ask_next_unit(self) -> None:
        units = tuple(Unit) if self._units.dpi is not None else (Unit.PX,)
        position = units.index(self._units.shown)
        self.unit_asked.emit(units[(position + 1) % len(units)])

    def _follow(self) -> None:
        if self.has_rulers:
            for ruler in (self._across, self._down):
                ruler.show_view(self._canvas.view, self._units)

    def _hovered(self, point: Point | None) -> None:
        if self.has_rulers:
            for ruler in (self._across, self._down):
                ruler.show_pointer(point)
        if self._beside is not None:
            self._beside.show_cross(point)
