"""Two lists to choose from: the engine that runs generators, and the device it runs on."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from desktop.engine_choice import EngineChoice, Option
from desktop.theme import muted, scaled_font

_SMALL = 0.92


class EngineRow(QWidget):
    """Signals engine_chosen(str), device_chosen(str) are for the user's own choices."""

    engine_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine = OptionBox(self.tr("Engine that runs the generator"), self)
        self._device = OptionBox(self.tr("Device the generator runs on"), self)
        self._labels = [muted(QLabel(text, self)) for text in (self.tr("Engine"), self.tr("on"))]
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(4)
        self._grid.setVerticalSpacing(6)
        for column, widget in enumerate(
            (self._labels[0], self._engine, self._labels[1], self._device)
        ):
            self._grid.addWidget(widget, 0, column)
        self._grid.setColumnStretch(1, 6)
        self._grid.setColumnStretch(3, 5)
        self._engine.chosen.connect(self.engine_chosen)
        self._device.chosen.connect(self.device_chosen)

    def show_choice(self, choice: EngineChoice) -> None:
        """Show what there is and what is chosen."""
        self._engine.set_options(choice.engine_options(), choice.runtime)
        self._device.set_options(choice.device_options(), choice.device)


class OptionBox(QComboBox):
    """A list of Options; those that cannot be chosen are grey and say why. chosen(str value)."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._options: tuple[Option, ...] = ()
        self.setAccessibleName(name)
        self.setFont(scaled_font(self, _SMALL))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.activated.connect(self._activated)

    def set_options(self, options: Sequence[Option], value: str) -> None:
        """Offer these, one of them chosen."""
        options = tuple(options)
        if options != self._options:
            self._options = options
            model = QStandardItemModel(self)
            for option in options:
                model.appendRow(_item(option))
            self.setModel(model)
            # The list may be wider than the box: reasons are sentences.
            self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        values = [option.value for option in options]
        self.setCurrentIndex(values.index(value) if value in values else 0)
        text = options[self.currentIndex()].text if options else ""
        self.setToolTip(f"{self._name}: {text}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the text alone, without a reason, elided: Qt would cut it off."""
        del event
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        text = self._options[self.currentIndex()].text if self.currentIndex() >= 0 else ""
        elided = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, field.width() - 2)
        option.currentText = elided
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def _activated(self, row: int) -> None:
        self.chosen.emit(self._options[row].value)


def _item(option: Option) -> QStandardItem:
    item = QStandardItem(f"{option.text} – {option.reason}" if option.reason else option.text)
    item.setToolTip(option.reason)
    if option.reason:
        item.setFlags(item.flags() & ~(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable))
    return item
