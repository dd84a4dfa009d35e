"""The list of generators: searched, filtered, ordered; which one is chosen and recommended."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QWidget

from core.inpainting.card import GeneratorCard
from desktop.panels.card_words import engines_text, kind_of
from desktop.panels.generator_delegate import GeneratorDelegate
from desktop.panels.generator_rows import Row, RowModel
from desktop.theme import MUTED, grey

Shown = Literal["all", "trained", "classical"]
Order = Literal["suited", "name"]


class GeneratorList(QListView):
    """The cards to choose from; selected(card) comes with each other choice of the user.

    The chosen card stays chosen while the search or the filter hides it.
    """

    selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: tuple[GeneratorCard, ...] = ()
        self._chosen_id = ""
        self._suited: tuple[str, ...] = ()
        self._recommended = ""
        self._obstacle: Callable[[GeneratorCard], str] = lambda _card: ""
        self._search: tuple[str, ...] = ()
        self._kinds: Shown = "all"
        self._order: Order = "suited"
        self._is_filling = False
        self._rows = RowModel(self)
        self.setModel(self._rows)
        self.setItemDelegate(GeneratorDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Generators"))
        self.selectionModel().currentChanged.connect(self._current_changed)

    @property
    def card(self) -> GeneratorCard | None:
        """The chosen one."""
        return next((card for card in self._cards if card.id == self._chosen_id), None)

    @property
    def listed(self) -> tuple[Row, ...]:
        """What the search and the filter leave, in order."""
        return self._rows.rows

    def set_cards(self, cards: Sequence[GeneratorCard]) -> None:
        """List these cards; the first is chosen."""
        self._cards = tuple(cards)
        self._chosen_id = self._cards[0].id if self._cards else ""
        self._rows.forget_thumbnails()
        self._fill()

    def select(self, card_id: str) -> None:
        """Choose a card by id; the first one if there is no such."""
        ids = [card.id for card in self._cards]
        self._chosen_id = card_id if card_id in ids else next(iter(ids), "")
        self._show_chosen()

    def set_suited(self, ids: Sequence[str], recommended: str) -> None:
        """Tell which suit what is marked, in order, and which one is recommended ("": none)."""
        if (tuple(ids), recommended) != (self._suited, self._recommended):
            self._suited, self._recommended = tuple(ids), recommended
            self._fill()

    def set_obstacle(self, obstacle: Callable[[GeneratorCard], str]) -> None:
        """Give the function that tells why a generator cannot run ("": it can)."""
        self._obstacle = obstacle
        self._fill()

    def search(self, text: str) -> None:
        """List only the cards that hold every word of a text."""
        self._search = tuple(text.casefold().split())
        self._fill()

    def show_only(self, kinds: Shown) -> None:
        """List trained ones, classical ones, or all."""
        self._kinds = kinds
        self._fill()

    def order_by(self, order: Order) -> None:
        """List those first that suit what is marked, or all by name."""
        self._order = order
        self._fill()

    def sizeHint(self) -> QSize:
        rows = max(3, min(len(self._cards), 5))
        return QSize(280, rows * self.sizeHintForRow(0) + 2 * self.frameWidth())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the chosen one in view."""
        super().resizeEvent(event)
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say so where nothing is left to list."""
        super().paintEvent(event)
        if not self._rows.rows:
            painter = QPainter(self.viewport())
            painter.setPen(grey(MUTED))
            place = self.viewport().rect().adjusted(10, 10, -10, -10)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(place, flags, self.tr("No generator matches what is asked for."))
            painter.end()

    def _fill(self) -> None:
        ordered = sorted(self._cards, key=self._place)
        self._is_filling = True
        self._rows.set_rows(
            [
                Row(card, card.id == self._recommended, self._obstacle(card))
                for card in ordered
                if self._is_asked_for(card)
            ]
        )
        self._is_filling = False
        self._show_chosen()

    def _place(self, card: GeneratorCard) -> tuple[int, str]:
        if self._order == "name":
            return 0, card.name.casefold()
        return self._suited.index(card.id) if card.id in self._suited else len(self._suited), ""

    def _is_asked_for(self, card: GeneratorCard) -> bool:
        if self._kinds != "all" and (self._kinds == "classical") != (card.engine == "classical"):
            return False
        texts = (card.id, card.name, card.summary, card.source, card.architecture, card.limits,
                 kind_of(card), engines_text(card))  # fmt: skip
        text = "\n".join(texts).casefold()
        return all(word in text for word in self._search)

    def _show_chosen(self) -> None:
        """Let the current row be the chosen card's, without taking it for the user's choice."""
        self._is_filling = True
        index = self._rows.index(self._rows.row_of(self._chosen_id), 0)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)
        self._is_filling = False

    def _current_changed(self) -> None:
        index = self.currentIndex()
        if not self._is_filling and index.isValid():
            self._chosen_id = self._rows.rows[index.row()].card.id
            self.selected.emit(self.card)
