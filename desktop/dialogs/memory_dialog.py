"""The dialog about memory and disk: what is used now, and how much may be."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.image.memory import MemoryBudget, ram_bytes
from desktop.theme import muted

_REFRESH_MS = 1000
_MB, _GB = 1e6, 1e9
# What the settings file can hold.
_MOST_MB, _MOST_GB = 100_000.0, 10_000.0
_WIDTH_PX = 430


class MemoryDialog(QDialog):
    """Not modal. chosen(memory_mb, tiles_gb): as the settings have them, 0 MB for the default.

    usage_asked: `show_usage` is wanted, again and again while it is open. clear_asked: the
    prepared tiles shall go.
    """

    chosen = Signal(float, float)
    usage_asked = Signal()
    clear_asked = Signal()

    def __init__(self, memory_mb: float, tiles_gb: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Memory and Disk"))
        least, most = MemoryBudget.of(1).total_bytes / _MB, min(ram_bytes() / _MB, _MOST_MB)
        self._own_mb = MemoryBudget.of().total_bytes / _MB
        self.default = QCheckBox(
            self.tr("As Lacuna chooses: ¼ of this computer’s memory, at most 1 GiB"), self
        )
        self.memory = _box(self.tr("Memory for all open paintings"), " MB", least, most, 0, self)
        self.memory.setSingleStep(100)
        self.disk = _box(self.tr("Disk for prepared paintings"), " GB", 0, _MOST_GB, 1, self)
        self.disk.setSpecialValueText(self.tr("none"))
        self._memory_used, self._disk_used = muted(QLabel(self)), muted(QLabel(self))
        self.clear = QPushButton(self.tr("Clear Prepared Tiles"), self)
        self.clear.setAutoDefault(False)
        self.default.toggled.connect(self._choose_default)
        self.default.setChecked(memory_mb == 0)
        self.memory.setValue(memory_mb or self._own_mb)
        self.disk.setValue(tiles_gb)
        self.clear.clicked.connect(self.clear_asked)
        self._build()
        self._timer = QTimer(self, interval=_REFRESH_MS)
        self._timer.timeout.connect(self.usage_asked)
        self._timer.start()

    def show_usage(self, memory_bytes: int, disk_bytes: int, paintings: int) -> None:
        """Show what is used now."""
        self._memory_used.setText(self.tr("{0:.0f} MB in use now").format(memory_bytes / _MB))
        size = f"{disk_bytes / _GB:.1f} GB" if disk_bytes >= _GB else f"{disk_bytes / _MB:.0f} MB"
        text = self.tr("{0} in use now, for one painting")
        if paintings != 1:
            text = self.tr("{0} in use now, for {1} paintings")
        self._disk_used.setText(text.format(size, paintings))
        self.clear.setEnabled(paintings > 0)

    def accept(self) -> None:
        """Let the budgets be these."""
        memory_mb = 0.0 if self.default.isChecked() else self.memory.value()
        self.chosen.emit(memory_mb, self.disk.value())
        super().accept()

    def _choose_default(self, is_default: bool) -> None:
        self.memory.setEnabled(not is_default)
        if is_default:
            self.memory.setValue(self._own_mb)

    def _build(self) -> None:
        use, cancel = QPushButton(self.tr("Use"), self), QPushButton(self.tr("Cancel"), self)
        use.setDefault(True)
        cancel.setAutoDefault(False)
        use.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        rows = (
            (self.tr("Memory"), self.memory, self._memory_used),
            (self.tr("Disk"), self.disk, self._disk_used),
        )
        for row, (name, box, used) in enumerate(rows):
            grid.addWidget(QLabel(name, self), 3 * row, 0)
            grid.addWidget(box, 3 * row, 1)
            grid.addWidget(used, 3 * row, 2)
        grid.addWidget(self.default, 1, 1, 1, 2)
        grid.addWidget(
            self._note(
                self.tr(
                    "Pixels and screen tiles that are kept to be quick; strokes and their "
                    "history have memory of their own. Another amount counts at once; a painting "
                    "that is open gives back the reduced pictures it holds when it is closed."
                )
            ),
            2, 1, 1, 2,
        )  # fmt: skip
        grid.addWidget(
            self._note(
                self.tr(
                    "Paintings that are slow to read are prepared once, as tiles in the cache "
                    "folder; those used longest ago make room. Less counts at once, but not for "
                    "paintings that are open; more counts when a painting is opened the next time. "
                    "Tiles that are cleared are made again at the next opening; nothing else is "
                    "lost."
                )
            ),
            4, 1, 1, 2,
        )  # fmt: skip
        grid.addWidget(self.clear, 5, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(use)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(14)
        column.addLayout(grid)
        column.addLayout(buttons)

    def _note(self, text: str) -> QLabel:
        note = muted(QLabel(text, self), 0.92)
        note.setWordWrap(True)
        note.setMinimumWidth(_WIDTH_PX)
        return note


def _box(
    name: str, suffix: str, least: float, most: float, decimals: int, parent: QWidget
) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent)
    box.setDecimals(decimals)
    box.setRange(least, most)
    box.setSuffix(suffix)
    box.setAccessibleName(name)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
