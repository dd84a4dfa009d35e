"""The table of the alignment dialog: each control point, and how well it fits the others."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

_ROW_PX = 23


class ResidualTable(QTableWidget):
    """In pixels of the painting, and in mm where px_per_mm is known."""

    def __init__(self, px_per_mm: float | None, parent: QWidget | None = None) -> None:
        super().__init__(0, 2 if px_per_mm is None else 3, parent)
        self._px_per_mm = px_per_mm
        units = [self.tr("Point"), "px", "mm"]
        self.setHorizontalHeaderLabels(units[: self.columnCount()])
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.verticalHeader().hide()
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setAccessibleName(self.tr("Control points and their residuals"))

    def show_points(self, count: int, residuals_px: Sequence[float], current: int) -> None:
        """Show so many points, the current one chosen; no residuals: nothing is known of them."""
        with QSignalBlocker(self):
            self.setRowCount(count)
            for row in range(count):
                texts = [str(row + 1), "–", "–"]
                if residuals_px:
                    texts[1] = f"{residuals_px[row]:.2f}"
                    if self._px_per_mm is not None:
                        texts[2] = f"{residuals_px[row] / self._px_per_mm:.3f}"
                for column in range(self.columnCount()):
                    item = QTableWidgetItem(texts[column])
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                    self.setItem(row, column, item)
            if current >= 0:
                self.selectRow(current)
            else:
                self.clearSelection()
