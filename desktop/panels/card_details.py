"""What a generator's card says below the list: what it is good at, how it was made, its figures."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from core.inpainting.card import GeneratorCard
from core.inpainting.measured import Measured, all_measured
from desktop.panels.card_words import facts_text, kind_text, strengths, training_text
from desktop.theme import muted, scaled_font

_SMALL = 0.92


class CardDetails(QWidget):
    """Words and a table of measured figures for one card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2, 2, 6, 2)
        self._column.setSpacing(6)
        self._content = QWidget(self)
        self._column.addWidget(self._content)
        self._column.addStretch(1)

    def show_card(self, card: GeneratorCard | None, notes: tuple[str, ...] = ()) -> None:
        """Show a card, or nothing. notes: sentences on it here and now, shown first."""
        self._column.removeWidget(self._content)
        self._content.hide()
        self._content.deleteLater()
        self._content = QWidget(self)
        self._column.insertWidget(0, self._content)
        if card is None:
            return
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        name = self._text(card.name)
        name.setFont(scaled_font(name, _SMALL, is_bold=True))
        column.addWidget(name)
        for text in (*notes, card.summary):
            column.addWidget(self._text(text))
        column.addWidget(self._text(facts_text(card), is_muted=True))
        for text in strengths(card):
            column.addWidget(self._text(text))
        licence = self.tr("Licence: {0}").format(card.licence) if card.licence else ""
        for text in (card.limits, training_text(card), card.source, licence):
            if text:
                column.addWidget(self._text(text, is_muted=True))
        figures = all_measured(card)
        if figures:
            column.addLayout(self._table(figures))

    def _table(self, figures: list[Measured]) -> QGridLayout:
        """Lay out the figures, each with the best classical fill's in brackets."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        titles = (self.tr("Measured on"), self.tr("dB"), self.tr("PD"))
        for column, title in enumerate(titles):
            grid.addWidget(muted(self._cell(title, column > 0)), 0, column)
        for row, one in enumerate(figures, start=1):
            db = _compared(one.psnr_hole_db, one.classical_psnr_hole_db, 1)
            grid.addWidget(self._cell(kind_text(one.kind)), row, 0)
            grid.addWidget(self._cell(db, True), row, 1)
            grid.addWidget(self._cell(_compared(one.pd, one.classical_pd, 3), True), row, 2)
        note = self.tr(
            "dB: PSNR in the loss, higher is better. PD: perceptual distance, lower is better. "
            "In brackets the best classical fill."
        )
        grid.addWidget(self._text(note, is_muted=True), len(figures) + 1, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        return grid

    def _cell(self, text: str, is_number: bool = False) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(scaled_font(label, _SMALL))
        if is_number:
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
        return label

    def _text(self, text: str, *, is_muted: bool = False) -> QLabel:
        label = self._cell(text)
        label.setWordWrap(True)
        return muted(label) if is_muted else label


def _compared(figure: float | None, classical: float | None, digits: int) -> str:
    """Return a figure as text, the best classical fill's in brackets where the card has it."""
    if figure is None:
        return "–"
    text = f"{figure:.{digits}f}"
    return text if classical is None else f"{text} ({classical:.{digits}f})"
