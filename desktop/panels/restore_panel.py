"""The Restore dock: which generator, how much is marked, where it runs, and the button itself."""

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
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
from core.inpainting.generator import Device
from desktop.panels.card_details import CardDetails
from desktop.panels.generator_list import GeneratorList
from desktop.theme import muted

_STEPS = 1000
_DEVICES: tuple[Device, ...] = get_args(Device)


class RestorePanel(QWidget):
    """Signals restore_asked(), cancel_asked(), generator_chosen(str id), device_chosen(str)."""

    restore_asked = Signal()
    cancel_asked = Signal()
    generator_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_selecting = False
        self._list = GeneratorList(self)
        self._details = CardDetails(self)
        self._area = QLabel("–", self)
        self._target = QLabel("–", self)
        self._device = QComboBox(self)
        self._message = muted(QLabel(self))
        self._bar = QProgressBar(self)
        self._restore = QPushButton(self.tr("Restore"), self)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._build()
        self._list.selected.connect(self._card_selected)
        self._device.activated.connect(lambda: self.device_chosen.emit(self.device))
        self._restore.clicked.connect(self.restore_asked)
        self._cancel.clicked.connect(self.cancel_asked)
        self.show_idle()

    @property
    def card(self) -> GeneratorCard | None:
        """The chosen generator."""
        return self._list.card

    @property
    def device(self) -> Device:
        """Where it is to run."""
        return _DEVICES[max(0, self._device.currentIndex())]

    @property
    def message(self) -> str:
        """The sentence below the button."""
        return self._message.text()

    def set_cards(self, cards: Sequence[GeneratorCard], chosen: str, device: str) -> None:
        """List the generators, choose one and a device."""
        self._list.set_cards(cards)
        self.select(chosen)
        self._device.setCurrentIndex(max(0, self._device.findData(device)))

    def select(self, card_id: str) -> None:
        """Choose a generator; `generator_chosen` is for the user's own choices."""
        self._is_selecting = True
        self._list.select(card_id)
        self._is_selecting = False

    def recommend(self, card_id: str | None) -> None:
        """Mark the generator that suits what is marked."""
        self._list.recommend(card_id)

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
        self._cancel.setVisible(False)
        self._bar.setVisible(False)
        self._list.setEnabled(True)
        self._device.setEnabled(True)
        self._show_message(message)

    def show_running(self, fraction: float, text: str) -> None:
        """Show how far a restoration is; a negative fraction means nobody knows."""
        self._restore.setVisible(False)
        self._cancel.setVisible(True)
        self._cancel.setEnabled(True)
        self._bar.setVisible(True)
        self._bar.setRange(0, 0 if fraction < 0 else _STEPS)
        self._bar.setValue(round(max(0.0, fraction) * _STEPS))
        self._list.setEnabled(False)
        self._device.setEnabled(False)
        self._show_message(text)

    def show_cancelling(self) -> None:
        """Say that it stops."""
        self._cancel.setEnabled(False)
        self._show_message(self.tr("Stopping…"))

    def _card_selected(self, card: GeneratorCard | None) -> None:
        self._details.show_card(card)
        if card is not None and not self._is_selecting:
            self.generator_chosen.emit(card.id)

    def _show_message(self, text: str) -> None:
        self._message.setText(text)

    def _build(self) -> None:
        self._list.setMinimumHeight(94)
        details = QScrollArea(self)
        details.setWidget(self._details)
        details.setWidgetResizable(True)
        details.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        details.setMinimumHeight(34)
        texts: dict[Device, str] = {
            "auto": self.tr("Automatic"),
            "cpu": self.tr("Processor (CPU)"),
            "cuda": self.tr("Graphics card (CUDA)"),
        }
        for device in _DEVICES:
            self._device.addItem(texts[device], device)
        self._device.setAccessibleName(self.tr("Where the generator runs"))
        self._message.setWordWrap(True)
        self._bar.setTextVisible(False)
        # Nothing jumps when a restoration begins or ends.
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._message.setMinimumHeight(self._message.fontMetrics().height())
        self._bar.setAccessibleName(self.tr("Progress of the restoration"))
        self._restore.setProperty("role", "primary")
        self._restore.setToolTip(self.tr("Fill what is marked  (Ctrl+Return)"))
        self._cancel.setToolTip(self.tr("Stop; nothing is changed  (Esc)"))
        for button in (self._restore, self._cancel):
            button.setMinimumHeight(32)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(8)
        column.addWidget(self._list, 5)
        column.addWidget(details, 4)
        column.addLayout(self._facts())
        buttons = QHBoxLayout()
        buttons.addWidget(self._restore)
        buttons.addWidget(self._cancel)
        column.addLayout(buttons)
        column.addWidget(self._bar)
        column.addWidget(self._message)

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        rows = (
            (self.tr("Marked"), self._area),
            (self.tr("Goes on"), self._target),
            (self.tr("Runs on"), self._device),
        )
        for row, (name, widget) in enumerate(rows):
            grid.addWidget(muted(QLabel(name, self)), row, 0)
            grid.addWidget(widget, row, 1)
        return grid
