"""The Restore dock: which generator, how much is marked, where it runs, and the button itself."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.inpainting.card import GeneratorCard
from core.inpainting.recommend import Suited
from desktop.engine_choice import EngineChoice
from desktop.panels.advice_line import AdviceLine
from desktop.panels.card_details import CardDetails
from desktop.panels.engine_row import EngineRow
from desktop.panels.generator_filter import GeneratorFilter
from desktop.panels.generator_list import GeneratorList
from desktop.theme import muted

_STEPS = 1000
# Below the first height there is room for the list or for the details, not for both; below the
# second for hardly more than either.
_TALL_PX = 440
_LOW_PX = 330


class RestorePanel(QWidget):
    """Signals restore_asked(), several_asked(), cancel_asked(), generator_chosen(str id; "": the
    recommended), engine_chosen(str), device_chosen(str).
    """

    restore_asked = Signal()
    several_asked = Signal()
    cancel_asked = Signal()
    generator_chosen = Signal(str)
    engine_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = EngineChoice(())
        self._suited: dict[str, Suited] = {}
        self._is_tall = False
        self._filter = GeneratorFilter(self)
        self._list = GeneratorList(self)
        self._advice = AdviceLine(self)
        self._details = CardDetails(self)
        self._scroll = QScrollArea(self)
        self._area = QLabel("–", self)
        self._target = QLabel("–", self)
        self._facts = QWidget(self)
        self._engines = EngineRow(self)
        self._message = muted(QLabel(self))
        self._bar = QProgressBar(self)
        self._restore = QPushButton(self.tr("Restore"), self)
        self._several = QPushButton(self.tr("Try Several…"), self)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._build()
        self._connect()
        self._show_details(False)
        # Until its height is known it asks for as little as it can do with.
        self._show_roomy(False)
        self.show_idle()

    @property
    def card(self) -> GeneratorCard | None:
        """The chosen generator."""
        return self._list.card

    @property
    def obstacle(self) -> str:
        """Why the chosen generator cannot run, as a sentence; "" if it can."""
        return "" if self.card is None else self._choice.obstacle(self.card)

    @property
    def message(self) -> str:
        """The sentence below the button."""
        return self._message.text()

    @property
    def advice(self) -> str:
        """What is recommended, and why."""
        return self._advice.text

    def set_cards(self, cards: Sequence[GeneratorCard], chosen: str) -> None:
        """List the generators and choose one."""
        self._list.set_cards(cards)
        self._list.select(chosen)
        self._show_card()

    def select(self, card_id: str) -> None:
        """Choose a generator; `generator_chosen` is for the user's own choices."""
        if self.card is None or card_id != self.card.id:
            self._list.select(card_id)
            self._show_card()

    def show_choice(self, choice: EngineChoice) -> None:
        """Show the engines and devices, and which generators they can run."""
        self._choice = choice
        self._engines.show_choice(choice)
        self._list.set_obstacle(choice.obstacle)
        self._show_card()

    def recommend(self, suited: Sequence[Suited]) -> None:
        """Tell which generators suit what is marked, the recommended one first; none: nothing."""
        if list(suited) == list(self._suited.values()):
            return
        self._suited = {one.card.id: one for one in suited}
        ids = list(self._suited)
        self._list.set_suited(ids, ids[0] if ids else "")
        self._show_card()

    def show_area(self, text: str) -> None:
        """Tell how much is marked."""
        self._area.setText(text)

    def show_target(self, text: str) -> None:
        """Tell which layer the fill goes on."""
        self._target.setText(text)

    def show_idle(self, message: str = "", *, can_restore: bool = False) -> None:
        """Offer to restore, or say why not."""
        self._restore.setVisible(True)
        self._restore.setEnabled(can_restore)
        self._several.setEnabled(can_restore)
        self._cancel.setVisible(False)
        self._bar.setVisible(False)
        self._enable_choices(True)
        self._show_message(message)

    def show_running(self, fraction: float, text: str) -> None:
        """Show how far a restoration is; a negative fraction means nobody knows."""
        self._restore.setVisible(False)
        self._several.setEnabled(False)
        self._cancel.setVisible(True)
        self._cancel.setEnabled(True)
        self._bar.setVisible(True)
        self._bar.setRange(0, 0 if fraction < 0 else _STEPS)
        self._bar.setValue(round(max(0.0, fraction) * _STEPS))
        self._enable_choices(False)
        self._show_message(text)

    def show_cancelling(self) -> None:
        """Say that it stops."""
        self._cancel.setEnabled(False)
        self._show_message(self.tr("Stopping…"))

    def minimumSizeHint(self) -> QSize:
        """Ask for what it cannot do without: the rest is given up where it is low."""
        hint, spacing = super().minimumSizeHint(), self._column.spacing()
        given_up = [part for part in (self._facts, self._scroll) if not part.isHidden()]
        if self._list.isHidden():
            given_up.remove(self._scroll)
        heights = [part.minimumSizeHint().height() + spacing for part in given_up]
        return hint - QSize(0, sum(heights) + self._advice.spare_height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show list and details below each other, or, where it is too low, one of them."""
        super().resizeEvent(event)
        self._show_roomy(self.height() >= _LOW_PX)
        is_tall = self.height() >= _TALL_PX
        if is_tall != self._is_tall:
            self._is_tall = is_tall
            self._show_details(is_tall)

    def _show_roomy(self, is_roomy: bool) -> None:
        self._facts.setVisible(is_roomy)
        self._advice.set_lines(2 if is_roomy else 1)

    def _show_details(self, are_shown: bool) -> None:
        self._filter.show_details(are_shown)
        self._scroll.setVisible(are_shown)
        self._list.setVisible(self._is_tall or not are_shown)

    def _card_selected(self, card: GeneratorCard | None) -> None:
        self._show_card()
        if card is not None:
            self.generator_chosen.emit(card.id)

    def _show_card(self) -> None:
        """Show what is known of the chosen card: its details, and how it stands to the advice."""
        card = self.card
        best = next(iter(self._suited.values()), None)
        own = None if card is None else self._suited.get(card.id)
        is_taken = best is None or best is own
        # What is said on the best one stands above the details already.
        reason = "" if own is None or is_taken else own.reason
        self._details.show_card(card, tuple(note for note in (self.obstacle, reason) if note))
        if best is None:
            text = self.tr("Mark losses to see which generator suits them.")
        elif is_taken:
            text = self.tr("Recommended. {0}").format(best.reason)
        else:
            text = self.tr("Recommended: {0}. {1}").format(best.card.name, best.reason)
        self._advice.show_advice(text, is_taken=is_taken)

    def _enable_choices(self, can_choose: bool) -> None:
        for widget in (self._list, self._engines, self._advice):
            widget.setEnabled(can_choose)

    def _show_message(self, text: str) -> None:
        self._message.setText(text)

    def _connect(self) -> None:
        self._list.selected.connect(self._card_selected)
        self._filter.searched.connect(self._list.search)
        self._filter.ordered.connect(self._list.order_by)
        self._filter.filtered.connect(self._list.show_only)
        self._filter.details_asked.connect(self._show_details)
        self._advice.taken.connect(lambda: self.generator_chosen.emit(""))
        self._engines.engine_chosen.connect(self.engine_chosen)
        self._engines.device_chosen.connect(self.device_chosen)
        self._restore.clicked.connect(self.restore_asked)
        self._several.clicked.connect(self.several_asked)
        self._cancel.clicked.connect(self.cancel_asked)

    def _build(self) -> None:
        # A row and a bit, to show that there are more.
        self._list.setMinimumHeight(64)
        self._scroll.setWidget(self._details)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAccessibleName(self.tr("Details of the chosen generator"))
        self._message.setWordWrap(True)
        self._bar.setTextVisible(False)
        # Nothing jumps when a restoration begins or ends.
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._message.setMinimumHeight(self._message.fontMetrics().height())
        self._bar.setAccessibleName(self.tr("Progress of the restoration"))
        self._restore.setProperty("role", "primary")
        self._restore.setToolTip(self.tr("Fill what is marked"))
        self._cancel.setToolTip(self.tr("Stop; nothing is changed"))
        self._several.setToolTip(self.tr("Let several generators fill it, and compare"))
        for button in (self._restore, self._several, self._cancel):
            button.setMinimumHeight(32)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lay_facts()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 10, 4)
        column.setSpacing(5)
        column.addWidget(self._filter)
        column.addWidget(self._list, 5)
        column.addWidget(self._advice)
        column.addWidget(self._scroll, 4)
        column.addWidget(self._facts)
        column.addWidget(self._engines)
        buttons = QHBoxLayout()
        buttons.addWidget(self._restore, 3)
        buttons.addWidget(self._cancel, 3)
        buttons.addWidget(self._several, 2)
        column.addLayout(buttons)
        column.addWidget(self._bar)
        column.addWidget(self._message)

    def _lay_facts(self) -> None:
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        rows = ((self.tr("Marked"), self._area), (self.tr("Goes on"), self._target))
        for row, (name, widget) in enumerate(rows):
            grid.addWidget(muted(QLabel(name, self)), row, 0)
            grid.addWidget(widget, row, 1)
