"""Growing, shrinking and feathering a mask by a distance that is tried out on the canvas."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.image.geometry import Rect
from core.image.morphology import MAX_RADIUS_PX, feathered, grown, shrunk
from core.image.surface import Surface
from desktop.jobs import Work
from desktop.masking import Change
from desktop.slider_field import SliderField

_DELAY_MS = 60
_LEAST_PX = 0.5


class Edge(Enum):
    """What is done to a mask's edge."""

    GROW = "grow"
    SHRINK = "shrink"
    FEATHER = "feather"


class MaskDialog(QDialog):
    """Not modal: the canvas can be looked at and painted on meanwhile.

    tried(Change): to be shown; untried: the mask as it is shall be shown; chosen(str, Change): to
    be done, with its label. px_per_mm is None where the painting's scale is not known.
    """

    tried = Signal(object)
    untried = Signal()
    chosen = Signal(str, object)

    def __init__(
        self, edge: Edge, picture: Rect, px_per_mm: float | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.Tool)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._edge = edge
        self._picture = picture
        self._px_per_mm = px_per_mm
        self._unit_px = 1.0
        titles = {
            Edge.GROW: self.tr("Grow Mask"),
            Edge.SHRINK: self.tr("Shrink Mask"),
            Edge.FEATHER: self.tr("Feather Mask"),
        }
        self.setWindowTitle(titles[edge])
        self._field = self._make_field(4.0)
        self._unit = QComboBox(self)
        self._unit.addItems([self.tr("px")] if px_per_mm is None else [self.tr("px"), "mm"])
        self._unit.setAccessibleName(self.tr("Unit"))
        self._outward = QCheckBox(self.tr("Outward, over sound paint"), self)
        self._outward.setVisible(edge is Edge.FEATHER)
        self._preview = QCheckBox(self.tr("Preview"), self)
        self._preview.setChecked(True)
        self._column = QVBoxLayout(self)
        self._is_over = False
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self.try_out)
        self._build()
        self._unit.activated.connect(self._set_unit)
        self._outward.toggled.connect(lambda _is_on: self._timer.start())
        self._preview.toggled.connect(lambda _is_on: self.try_out())
        self._timer.start()

    @property
    def radius_px(self) -> float:
        """The distance chosen."""
        return min(max(self._field.value * self._unit_px, 0.0), MAX_RADIUS_PX)

    def set_radius_px(self, radius_px: float) -> None:
        """Choose a distance."""
        self._field.set_value(radius_px / self._unit_px)
        self._timer.start()

    def try_out(self) -> None:
        """Have the change shown, if it shall be."""
        self._timer.stop()
        if self._is_over:
            return
        if self._preview.isChecked():
            self.tried.emit(self._change())
        else:
            self.untried.emit()

    def accept(self) -> None:
        """Do it."""
        self._timer.stop()
        # What is done now is heard of as one more change of the mask.
        self._is_over = True
        decimals = 1 if self._unit_px == 1.0 else 2
        text = f"{round(self._field.value, decimals):g} {self._unit.currentText()}"
        labels = {
            Edge.GROW: self.tr("Grow mask by {0}"),
            Edge.SHRINK: self.tr("Shrink mask by {0}"),
            Edge.FEATHER: self.tr("Feather mask by {0}"),
        }
        self.chosen.emit(labels[self._edge].format(text), self._change())
        super().accept()

    def reject(self) -> None:
        """Leave the mask as it is."""
        self._timer.stop()
        self._is_over = True
        self.untried.emit()
        super().reject()

    def _change(self) -> Change:
        functions: dict[Edge, Callable[..., Surface]] = {
            Edge.GROW: grown,
            Edge.SHRINK: shrunk,
            Edge.FEATHER: partial(feathered, is_outward=self._outward.isChecked()),
        }
        function = functions[self._edge]
        radius_px, picture = self.radius_px, self._picture

        def change(mask: Surface, work: Work) -> Surface:
            return function(mask, radius_px, picture, work.is_cancelled)

        return change

    def _set_unit(self, index: int) -> None:
        radius_px = self.radius_px
        self._unit_px = self._px_per_mm if index == 1 and self._px_per_mm is not None else 1.0
        field = self._make_field(radius_px)
        self._column.replaceWidget(self._field, field)
        self._field.deleteLater()
        self._field = field
        self._timer.start()

    def _make_field(self, radius_px: float) -> SliderField:
        field = SliderField(
            self.tr("Distance"),
            _LEAST_PX / self._unit_px,
            MAX_RADIUS_PX / self._unit_px,
            "",
            is_logarithmic=True,
            decimals=1 if self._unit_px == 1.0 else 2,
            slider_width=180,
            parent=self,
        )
        field.set_value(radius_px / self._unit_px)
        field.changed.connect(lambda _value: self._timer.start())
        return field

    def _build(self) -> None:
        done = QPushButton(self.tr("OK"), self)
        done.setDefault(True)
        done.setProperty("role", "primary")
        done.clicked.connect(self.accept)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.clicked.connect(self.reject)
        checks = QHBoxLayout()
        checks.addWidget(self._unit)
        checks.addWidget(self._outward)
        checks.addStretch(1)
        checks.addWidget(self._preview)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(done)
        column = self._column
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(12)
        column.addWidget(self._field)
        column.addLayout(checks)
        column.addLayout(buttons)
