"""Choosing the generators that shall fill the same losses, to be compared."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.inpainting.recommend import Suited
from desktop.dialogs.dialog_size import resize_on_screen
from desktop.theme import muted
from desktop.trying import Attempt, ordered_attempts

# More pictures than this cannot be compared side by side.
MOST: Final = 9
_TICKED: Final = 3
_MOST_SEEDS: Final = 4
_SMALL = 0.92


class TryDialog(QDialog):
    """chosen(tuple of Attempt): the user wants these tried."""

    chosen = Signal(object)

    def __init__(self, suited: Sequence[Suited], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Try Several"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._suited = tuple(suited)
        self._boxes: list[QCheckBox] = []
        self._seeds = QSpinBox(self)
        self._message = muted(QLabel(self))
        self._start = QPushButton(self.tr("Try Them"), self)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._build()
        self._seeds.valueChanged.connect(lambda _value: self._update())
        self._start.clicked.connect(self.accept)
        self._cancel.clicked.connect(self.reject)
        self._update()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What would be tried now, the best suited first."""
        rows = zip(self._suited, self._boxes, strict=True)
        cards = [one.card for one, box in rows if box.isChecked()]
        return ordered_attempts(cards, self._seeds.value())

    def accept(self) -> None:
        """Have them tried."""
        self.chosen.emit(self.attempts)
        super().accept()

    def _make_rows(self) -> QScrollArea:
        """Lay out a box for each generator, with what is said of it for these losses."""
        rows = QWidget(self)
        grid = QGridLayout(rows)
        grid.setContentsMargins(2, 2, 8, 2)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for row, (card, reason) in enumerate(self._suited):
            box = QCheckBox(card.name.replace("&", "&&"), rows)
            box.setChecked(row < _TICKED)
            box.setToolTip(card.summary)
            box.toggled.connect(lambda _is_on: self._update())
            label = muted(QLabel(reason, rows), _SMALL)
            label.setWordWrap(True)
            grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, row, 1)
            self._boxes.append(box)
        grid.setRowStretch(len(self._suited), 1)
        area = QScrollArea(self)
        area.setWidget(rows)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("Generators to try"))
        return area

    def _update(self) -> None:
        count = len(self.attempts)
        has_lots = any(attempt.card.has_seed for attempt in self.attempts)
        self._seeds.setEnabled(has_lots)
        self._start.setEnabled(0 < count <= MOST)
        if count > MOST:
            text = self.tr("{0} fills are too many to compare; tick {1} at most.")
            self._message.setText(text.format(count, MOST))
        elif count == 0:
            self._message.setText(self.tr("Tick the generators to be tried."))
        else:
            text = self.tr("One fill is made.") if count == 1 else self.tr("{0} fills are made.")
            rest = self.tr("You can paint on meanwhile; nothing is placed until you choose.")
            self._message.setText(f"{text.format(count)} {rest}")

    def _build(self) -> None:
        self._seeds.setRange(1, _MOST_SEEDS)
        label = QLabel(self.tr("&Fills of each generator that draws lots"), self)
        label.setBuddy(self._seeds)
        self._seeds.setAccessibleName(label.text().replace("&", ""))
        self._message.setWordWrap(True)
        self._start.setProperty("role", "primary")
        self._start.setDefault(True)
        seeds = QHBoxLayout()
        seeds.addWidget(label)
        seeds.addWidget(self._seeds)
        seeds.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._start)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addWidget(self._make_rows(), 1)
        column.addLayout(seeds)
        column.addWidget(self._message)
        column.addLayout(buttons)
        resize_on_screen(self, QSize(760, 520))
