"""What a generator's card says, measured figures included, in the words of the card."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from core.inpainting.card import MASK_KINDS, GeneratorCard
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
        """Lay out the card's figures, each with the best classical fill's in brackets."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        titles = (self.tr("Measured on"), self.tr("dB in the loss"), self.tr("PD"))
        for column, title in enumerate(titles):
            grid.addWidget(muted(self._cell(title, column > 0)), 0, column)
        for row, kind in enumerate(sorted(card.metrics, key=_place), start=1):
            figures = card.metrics[kind]
            grid.addWidget(self._cell(_kind_text(kind, self)), row, 0)
            grid.addWidget(self._cell(_compared(figures, "psnr_hole_db", 1), True), row, 1)
            grid.addWidget(self._cell(_compared(figures, "pd", 3), True), row, 2)
        note = self.tr(
            "In brackets the best classical fill. Higher dB is better, lower PD (perceptual "
            "distance) is better."
        )
        grid.addWidget(self._text(note, is_muted=True), len(card.metrics) + 1, 0, 1, 3)
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


def _place(kind: str) -> tuple[int, str]:
    return (MASK_KINDS.index(kind) if kind in MASK_KINDS else len(MASK_KINDS), kind)


def _compared(figures: Mapping[str, float], name: str, digits: int) -> str:
    """Return a figure as text, the best classical fill's in brackets where the card has it."""
    if name not in figures:
        return "–"
    text = f"{figures[name]:.{digits}f}"
    classical = figures.get(f"classical_{name}")
    return text if classical is None else f"{text} ({classical:.{digits}f})"


def _kind_text(kind: str, widget: QWidget) -> str:
    """Return what a mask kind of the cards means, in words; the code itself if unknown."""
    names = {
        "L": widget.tr("thin cracks"),
        "B": widget.tr("flakes"),
        "K": widget.tr("craquelure"),
        "C": widget.tr("shapes"),
    }
    if kind in names:
        return names[kind]
    if kind in MASK_KINDS and kind.startswith("S"):
        return widget.tr("square, {0} px").format(kind[1:])
    if kind in MASK_KINDS and kind.startswith("I"):
        last = int(kind[1:]) * 10
        return widget.tr("strokes, {0}–{1} %").format(max(1, last - 10), last)
    return kind
