"""The dialog that asks how large the painting really is."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.theme import muted

_MM_PER_INCH = 25.4
_MAX_MM = 100_000.0


class DimensionsDialog(QDialog):
    """Width and height are kept in proportion; `dpi` is what they come to.

    own_dpi: the file's, None where it does not say.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        dpi: tuple[float, float] | None,
        own_dpi: tuple[float, float] | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._size_px = size_px
        self._own_dpi = own_dpi
        self.setWindowTitle(self.tr("Dimensions of the Painting"))
        self._width, self._height = _box(" mm", self), _box(" mm", self)
        self._dpi = _box(" dpi", self)
        self._width.setAccessibleName(self.tr("Width"))
        self._height.setAccessibleName(self.tr("Height"))
        self._dpi.setAccessibleName(self.tr("Resolution"))
        own = self.tr("The file does not state its resolution.")
        if own_dpi is not None:
            own = self.tr("The file states {0} dpi.").format(f"{own_dpi[0]:.4g}")
        text = self.tr(
            "Rulers, areas and lengths are told by this. The file and its exports keep their own."
        )
        note = muted(QLabel(f"{own} {text}", self), 0.95)
        note.setWordWrap(True)
        note.setMinimumWidth(320)
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Height"), self._height)
        form.addRow(self.tr("Resolution"), self._dpi)
        self.reset = QPushButton(self.tr("As the File States"), self)
        take = QPushButton(self.tr("Use"), self)
        cancel = QPushButton(self.tr("Cancel"), self)
        take.setDefault(True)
        self.reset.setAutoDefault(False)
        take.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self.reset.clicked.connect(lambda: self._show_dpi(self._own_dpi))
        buttons = QHBoxLayout()
        buttons.addWidget(self.reset)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(take)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(note)
        column.addLayout(form)
        column.addLayout(buttons)
        self._width.valueChanged.connect(lambda mm: self._entered(self._size_px[0], mm))
        self._height.valueChanged.connect(lambda mm: self._entered(self._size_px[1], mm))
        self._dpi.valueChanged.connect(self._typed_dpi)
        self._shown: tuple[float, float] | None = None
        self._show_dpi(dpi)

    @property
    def dpi(self) -> tuple[float, float] | None:
        """Dots per inch across and down; None if nothing was entered."""
        return self._shown

    def _show_dpi(self, dpi: tuple[float, float] | None) -> None:
        self._shown = dpi
        across, down = dpi or (0.0, 0.0)
        values = (
            (self._width, self._size_px[0] / across * _MM_PER_INCH if dpi else 0.0),
            (self._height, self._size_px[1] / down * _MM_PER_INCH if dpi else 0.0),
            (self._dpi, across),
        )
        for box, value in values:
            if not box.hasFocus() or box.value() == 0.0 or value == 0.0:
                with QSignalBlocker(box):
                    box.setValue(value)

    def _entered(self, length_px: int, millimetres: float) -> None:
        dpi = length_px / millimetres * _MM_PER_INCH if millimetres > 0 else 0.0
        self._show_dpi((dpi, dpi) if dpi else None)

    def _typed_dpi(self, dpi: float) -> None:
        self._show_dpi((dpi, dpi) if dpi > 0 else None)


def _box(suffix: str, parent: QWidget) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setRange(0.0, _MAX_MM)
    box.setDecimals(2)
    box.setSuffix(suffix)
    box.setSpecialValueText("–")
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
