"""After the last fill: what was skipped, then, revealed only now, how each method did."""

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.rating.scores import Mean, MethodSummary
from desktop.theme import muted, scaled_font

_WIDTH = 720


class EndPage(QWidget):
    """resumed: judge what was skipped; revealed: show the result; closed."""

    resumed = Signal()
    revealed = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inner = QWidget(self)
        self._row = QHBoxLayout()
        self._row.addStretch(1)
        self._row.addWidget(self._inner)
        self._row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(self._row)
        outer.addStretch(3)

    def show_skipped(self, left: int) -> None:
        """Ask whether to judge what was skipped before methods are named."""
        column = self._cleared()
        column.addWidget(self._title(self.tr("Skipped fills: {0}").format(left)))
        text = self.tr(
            "Judge them now, as long as you do not know which method made what; or see the result "
            "without them."
        )
        column.addWidget(self._text(text))
        self._add_buttons(
            column,
            (self.tr("Judge Them"), self.resumed),
            (self.tr("Show the Result"), self.revealed),
        )

    def show_result(
        self,
        rater: str,
        own: Sequence[MethodSummary],
        together: Sequence[MethodSummary],
        unreadable: Sequence[str],
        place: str,
    ) -> None:
        """Show the rater's means, those of all raters if there are more, and what was left out."""
        column = self._cleared()
        column.addWidget(self._title(self.tr("The result")))
        if own:
            column.addWidget(muted(self._text(self.tr("Scores by {0}").format(rater))))
            column.addLayout(self._table(own))
        else:
            column.addWidget(self._text(self.tr("Nothing was judged.")))
        if together:
            column.addSpacing(8)
            column.addWidget(muted(self._text(self.tr("All raters of this sheet"))))
            column.addLayout(self._table(together))
        if own:
            column.addWidget(muted(self._text(self.tr(
                "Means from 1 to 10, in brackets the 95 % interval (Student's t over the pictures)."
            ))))  # fmt: skip
        if unreadable:
            text = self.tr("Left out, because they cannot be read: {0}")
            column.addWidget(self._text(text.format(", ".join(unreadable))))
        column.addWidget(muted(self._text(self.tr("Scores: {0}").format(place))))
        self._add_buttons(column, (self.tr("Close"), self.closed))

    def _table(self, summaries: Sequence[MethodSummary]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        titles = (
            self.tr("Method"), self.tr("Pictures"), self.tr("Local"), self.tr("Global"),
            self.tr("Both"),
        )  # fmt: skip
        for column, title in enumerate(titles):
            grid.addWidget(muted(self._cell(title, column > 0)), 0, column)
        for row, one in enumerate(summaries, start=1):
            texts = (one.method, str(one.pictures), *map(_worded, (one.local, one.whole, one.both)))
            for column, text in enumerate(texts):
                cell = self._cell(text, column > 0)
                if column > 0:
                    cell.setAccessibleName(f"{one.method}, {titles[column]}: {text}")
                grid.addWidget(cell, row, column)
        grid.setColumnStretch(0, 1)
        return grid

    def _cell(self, text: str, is_number: bool) -> QLabel:
        label = QLabel(text, self._inner)
        label.setTextFormat(Qt.TextFormat.PlainText)
        if is_number:
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
        return label

    def _title(self, text: str) -> QLabel:
        label = QLabel(text, self._inner)
        label.setFont(scaled_font(label, 1.8))
        return label

    def _text(self, text: str) -> QLabel:
        label = self._cell(text, False)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label

    def _add_buttons(self, column: QVBoxLayout, *offers: tuple[str, SignalInstance]) -> None:
        row = QHBoxLayout()
        buttons = [QPushButton(text, self._inner) for text, _ in offers]
        for button, (_, signal) in zip(buttons, offers, strict=True):
            button.setMinimumHeight(34)
            button.clicked.connect(signal)
            row.addWidget(button)
        row.addStretch(1)
        buttons[0].setProperty("role", "primary")
        column.addSpacing(8)
        column.addLayout(row)
        # What is not shown yet cannot have the focus.
        self._inner.show()
        buttons[0].setFocus()

    def _cleared(self) -> QVBoxLayout:
        self._row.removeWidget(self._inner)
        self._inner.deleteLater()
        self._inner = QWidget(self)
        self._inner.setFixedWidth(_WIDTH)
        self._row.insertWidget(1, self._inner)
        column = QVBoxLayout(self._inner)
        column.setSpacing(10)
        return column


def _worded(mean: Mean) -> str:
    if math.isnan(mean.low):
        return f"{mean.mean:.2f}"
    return f"{mean.mean:.2f} [{mean.low:.2f}, {mean.high:.2f}]"
