"""What a generator's card says, measured figures included, in the words of the card."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from core.inpainting.card import GeneratorCard
from desktop.theme import muted, scaled_font

_SMALL = 0.92


class CardDetails(QWidget):
    """Facts and a table of measured figures for one card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2, 2, 6, 2)
        self._column.setSpacing(6)
        self._content = QWidget(self)
        self._column.addWidget(self._content)
        self._column.addStretch(1)

    def show_card(self, card: GeneratorCard | None) -> None:
        """Show a card, or nothing."""
        self._column.removeWidget(self._content)
        self._content.deleteLater()
        self._content = QWidget(self)
        self._column.insertWidget(0, self._content)
        if card is None:
            return
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._text(card.summary))
        column.addWidget(self._text(self._facts(card), is_muted=True))
        if card.limits:
            column.addWidget(self._text(card.limits, is_muted=True))
        if card.metrics:
            column.addLayout(self._table(card))

    def _facts(self, card: GeneratorCard) -> str:
        facts = [
            self.tr("Trained network, version {0}").format(card.version)
            if card.is_trained
            else self.tr("Classical method, nothing is learnt")
        ]
        if card.parameters:
            facts.append(self.tr("{0} million parameters").format(f"{card.parameters / 1e6:.1f}"))
        if card.thickness_px:
            facts.append(self.tr("for losses up to {0} px wide").format(card.thickness_px))
        if card.crop_px:
            facts.append(self.tr("trained at {0} px").format(card.crop_px))
        if card.licence:
            facts.append(self.tr("licence: {0}").format(card.licence))
        return " · ".join(facts)

    def _table(self, card: GeneratorCard) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(2)
        names = sorted({name for figures in card.metrics.values() for name in figures})
        for column, name in enumerate(["", *names]):
            title = self.tr("Measured on") if not column else name
            grid.addWidget(muted(self._cell(title, column > 0)), 0, column)
        for row, (kind, figures) in enumerate(card.metrics.items(), start=1):
            grid.addWidget(self._cell(_kind_text(kind, self)), row, 0)
            for column, name in enumerate(names, start=1):
                value = figures.get(name)
                text = "–" if value is None else f"{value:.4g}"
                grid.addWidget(self._cell(text, True), row, column)
        grid.setColumnStretch(0, 1)
        return grid

    def _cell(self, text: str, is_number: bool = False) -> QLabel:
        label = QLabel(text, self)
        label.setFont(scaled_font(label, _SMALL))
        if is_number:
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
        return label

    def _text(self, text: str, *, is_muted: bool = False) -> QLabel:
        label = self._cell(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return muted(label) if is_muted else label


def _kind_text(kind: str, widget: QWidget) -> str:
    """Return what a mask kind of the cards means, in words; the code itself if unknown."""
    names = {
        "L": widget.tr("thin cracks"),
        "B": widget.tr("blobs"),
        "K": widget.tr("craquelure"),
        "C": widget.tr("centre square"),
        "S32": widget.tr("squares of 32 px"),
        "S64": widget.tr("squares of 64 px"),
        "S112": widget.tr("squares of 112 px"),
    }
    return names.get(kind, kind)
